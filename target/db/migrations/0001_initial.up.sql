create table users (
    id            bigint generated always as identity primary key,
    email         text not null,
    name          text not null,
    password_hash text not null,
    role          text not null default 'user' check (role in ('user', 'moderator', 'admin')),
    created_at    timestamptz not null default now()
);

-- Two spellings of one address are one account.
create unique index idx_user_email on users (lower(email));

create table posts (
    id         bigint generated always as identity primary key,
    author_id  bigint not null references users (id) on delete cascade,
    body       text not null check (char_length(body) between 1 and 2000),
    created_at timestamptz not null default now()
);

-- The feed's order, with the id to tell posts of the same microsecond apart.
create index idx_post_created on posts (created_at desc, id desc);
create index idx_post_author on posts (author_id);
