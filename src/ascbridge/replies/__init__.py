"""What hospitals are told of the work on their patients: how it stands, said once for each change, and asked after."""
