"""Salesforce Bulk API 2.0 connector: ingest and query jobs (`<salesforce_bulkapi_v2.createJob>`, ...)."""
