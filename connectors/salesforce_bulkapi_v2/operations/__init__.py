"""The operations of the Salesforce Bulk API 2.0 connector, one module each."""
