"""One pure function for each FHIR resource: view in, resource out."""
