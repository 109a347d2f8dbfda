"""Read the audit: its pages, and its exports as CSV and FHIR AuditEvents."""
