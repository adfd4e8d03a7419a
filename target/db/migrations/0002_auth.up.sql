alter table users add column suspended_at timestamptz;

-- The order of the list of users.
create index idx_user_created on users (created_at desc, id desc);

-- One row for each login. Its refresh tokens are one family: when one of them is used twice, all end.
create table sessions (
    id         uuid primary key,
    user_id    bigint not null references users (id) on delete cascade,
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    ended_at   timestamptz
);
create index idx_session_user on sessions (user_id);
create index idx_session_expires on sessions (expires_at);

-- The SHA-256 of 256 random bits: who reads this table cannot use what is in it. Used ones stay as long as their
-- session, since a token that comes back is how a theft shows.
create table refresh_tokens (
    token_hash bytea primary key check (octet_length(token_hash) = 32),
    session_id uuid not null references sessions (id) on delete cascade,
    created_at timestamptz not null default now(),
    used_at    timestamptz
);
create index idx_refresh_token_session on refresh_tokens (session_id);
