"""It reaches the shared record: events become FHIR R4 UK Core and are published, person by person."""
