drop table erasures;
drop table consents;
drop table uploads;
drop table audit_log;
drop function refuse_audit_change;
