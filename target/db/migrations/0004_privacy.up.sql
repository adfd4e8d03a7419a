-- Who saw or changed whose data. Ids without foreign keys: an entry outlives the accounts that it names.
create table audit_log (
    id         bigint generated always as identity primary key,
    created_at timestamptz not null default now(),
    actor_id   bigint,
    action     text not null check (char_length(action) between 1 and 80),
    subject_id bigint,
    detail     text not null default '' check (char_length(detail) <= 2000),
    trace_id   text not null default ''
);

create index idx_audit_subject on audit_log (subject_id, id);
create index idx_audit_actor on audit_log (actor_id, id);

-- Two locks. Nobody, not even the table's owner, changes an entry by a plain statement ...
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
    raise exception 'audit_log takes new entries only' using errcode = 'insufficient_privilege';
end
$$;

create trigger audit_log_append_only before update or delete or truncate on audit_log
    for each statement execute function refuse_audit_change();

-- ... and where the application has a role of its own (it should: only an owner can remove the lock above), that
-- role loses what default privileges have given it, all but adding and reading. It cannot move the ids either.
do $$
declare
    role regrole;
begin
    for role in
        select distinct acl.grantee::regrole
        from pg_class, aclexplode(relacl) acl
        where oid = 'audit_log'::regclass and acl.grantee not in (0, relowner)
    loop
        execute format('revoke all on audit_log from %s', role);
        execute format('revoke all on sequence audit_log_id_seq from %s', role);
        execute format('grant select, insert on audit_log to %s', role);
    end loop;
end
$$;

-- The content is a sealed file of this name in UPLOAD_DIR.
create table uploads (
    id         bigint generated always as identity primary key,
    owner_id   bigint not null references users (id) on delete cascade,
    stored_as  uuid not null unique,
    filename   text not null check (char_length(filename) between 1 and 200),
    media_type text not null,
    size       integer not null check (size > 0),
    public     boolean not null default false,
    created_at timestamptz not null default now()
);
create index idx_upload_owner on uploads (owner_id, created_at desc, id desc);

-- A history: each grant and each withdrawal is a row, and the newest of a purpose is what holds.
create table consents (
    id         bigint generated always as identity primary key,
    user_id    bigint not null references users (id) on delete cascade,
    purpose    text not null,
    version    text not null,
    granted    boolean not null,
    created_at timestamptz not null default now()
);
create index idx_consent_user on consents (user_id, purpose, id desc);

-- What was asked for, and how far it got. No foreign key: it outlives the account that it ends.
create table erasures (
    id           bigint generated always as identity primary key,
    user_id      bigint not null,
    state        text not null default 'requested' check (state in ('requested', 'erased', 'finished')),
    requested_at timestamptz not null default now(),
    erased_at    timestamptz,
    finished_at  timestamptz
);
create unique index idx_erasure_user on erasures (user_id);
create index idx_erasure_open on erasures (requested_at) where state <> 'finished';
