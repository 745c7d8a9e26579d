//! The Database port of `meridian-shared` on sqlx: SQLite and Postgres, and the migrations.
