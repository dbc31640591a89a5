-- Who had names and numbers in full is told of every case that was among them: these acts are few, and name many cases.
CREATE INDEX audit_contacts ON audit (act) WHERE act = 'ledger.contacts_exported';
