-- Everything below that a person made goes with the person: every reference to users cascades. Nothing is kept
-- under a placeholder instead, since a message or a comment says who wrote it in its own words.
-- Every foreign key has an index that begins with it, or deleting an account would read whole tables.

-- Stored as typed. It may hold a little markup, which is sanitised whenever it is shown as HTML.
alter table users add column bio text not null default '' check (char_length(bio) <= 2000);

alter table posts add column edited_at timestamptz;

create table follows (
    follower_id bigint not null references users (id) on delete cascade,
    followee_id bigint not null references users (id) on delete cascade,
    created_at  timestamptz not null default now(),
    primary key (follower_id, followee_id),
    check (follower_id <> followee_id)
);
create index idx_follow_follower on follows (follower_id, created_at desc, followee_id desc);
create index idx_follow_followee on follows (followee_id, created_at desc, follower_id desc);

create table comments (
    id         bigint generated always as identity primary key,
    post_id    bigint not null references posts (id) on delete cascade,
    author_id  bigint not null references users (id) on delete cascade,
    body       text not null check (char_length(body) between 1 and 1000),
    created_at timestamptz not null default now()
);
create index idx_comment_post on comments (post_id, created_at desc, id desc);
create index idx_comment_author on comments (author_id);

create table likes (
    post_id    bigint not null references posts (id) on delete cascade,
    user_id    bigint not null references users (id) on delete cascade,
    created_at timestamptz not null default now(),
    primary key (post_id, user_id)
);
create index idx_like_user on likes (user_id);

-- A conversation itself says nothing about anybody; what its participants said goes with them.
create table conversations (
    id         bigint generated always as identity primary key,
    created_at timestamptz not null default now()
);

create table conversation_participants (
    conversation_id bigint not null references conversations (id) on delete cascade,
    user_id         bigint not null references users (id) on delete cascade,
    joined_at       timestamptz not null default now(),
    primary key (conversation_id, user_id)
);
create index idx_participant_user on conversation_participants (user_id, joined_at desc, conversation_id desc);

create table messages (
    id              bigint generated always as identity primary key,
    conversation_id bigint not null references conversations (id) on delete cascade,
    sender_id       bigint not null references users (id) on delete cascade,
    body            text not null check (char_length(body) between 1 and 4000),
    created_at      timestamptz not null default now()
);
create index idx_message_conversation on messages (conversation_id, created_at desc, id desc);
create index idx_message_sender on messages (sender_id);

create table notifications (
    id              bigint generated always as identity primary key,
    user_id         bigint not null references users (id) on delete cascade,
    kind            text not null check (kind in ('like', 'comment', 'follow', 'message')),
    actor_id        bigint not null references users (id) on delete cascade,
    post_id         bigint references posts (id) on delete cascade,
    comment_id      bigint references comments (id) on delete cascade,
    conversation_id bigint references conversations (id) on delete cascade,
    created_at      timestamptz not null default now(),
    read_at         timestamptz
);
create index idx_notification_user on notifications (user_id, created_at desc, id desc);
create index idx_notification_unread on notifications (user_id) where read_at is null;
create index idx_notification_actor on notifications (actor_id);
create index idx_notification_post on notifications (post_id) where post_id is not null;
create index idx_notification_comment on notifications (comment_id) where comment_id is not null;
create index idx_notification_conversation on notifications (conversation_id) where conversation_id is not null;

-- A row is made when something is first changed: most people keep the defaults.
create table preferences (
    user_id             bigint primary key references users (id) on delete cascade,
    locale              text not null default 'en',
    theme               text not null default 'system' check (theme in ('system', 'light', 'dark')),
    email_notifications boolean not null default true,
    notify_about        text[] not null default '{like,comment,follow,message}'
);

-- 'simple' stems nothing: it suits every language the same.
create index idx_post_search on posts using gin (to_tsvector('simple', body));
create index idx_user_search on users using gin (to_tsvector('simple', name));

-- What a new notification asks: does this person want to hear of this?
create function wants_notification(person bigint, about text) returns boolean
    language sql stable
    return not exists (select from preferences where user_id = person and not about = any (notify_about));
