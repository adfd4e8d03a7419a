drop table refresh_tokens;
drop table sessions;
drop index idx_user_created;
alter table users drop column suspended_at;
