"""Who was let see what is not public: kept in rows, hashed daily into an entry, shown to whose things they were."""
