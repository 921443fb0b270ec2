//! Who may do what: an owner who makes tables, and an account that runs the application and can neither change nor remove what is
//! in the log.

use crate::names::Names;

/// The rights that the account of a running application needs, as SQL for the owner to run.
///
/// It may append to the log and read it, but has no right to update, delete or truncate there (and a trigger refuses it even to
/// those who have). Tables of read models that the owner makes later are covered as well.
pub(crate) fn sql(names: &Names, account: &str) -> String {
    let mut role = String::new();
    fidelis_sql::quote(&mut role, account);
    let schema = &names.schema;
    let own = ["migrations", "events", "batches", "settlements", "checkpoints", "parked"];
    let is_own = own.map(Names::literal).join(", ");
    format!(
        "GRANT USAGE ON SCHEMA {schema} TO {role};\n\
         GRANT SELECT ON {schema}.migrations TO {role};\n\
         GRANT SELECT, INSERT ON {schema}.events TO {role};\n\
         GRANT SELECT, INSERT, DELETE ON {schema}.batches, {schema}.settlements TO {role};\n\
         GRANT SELECT, INSERT, UPDATE ON {schema}.checkpoints TO {role};\n\
         GRANT SELECT, INSERT, UPDATE, DELETE ON {schema}.parked TO {role};\n\
         DO $$ DECLARE read_model record; BEGIN\n  \
           FOR read_model IN SELECT c.oid::regclass AS name FROM pg_class c WHERE c.relnamespace = to_regnamespace({place}) \
         AND c.relkind = 'r' AND c.relname NOT IN ({is_own})\n  \
           LOOP EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s', read_model.name, {role_text}); END LOOP;\n\
         END $$;\n\
         ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};\n",
        place = Names::literal(schema),
        role_text = Names::literal(&role),
    )
}
