"""What is kept: the database, the journal, boards, snapshots, people and migrations."""
