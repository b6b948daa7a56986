"""Pictures that people send: taken apart in a process of their own, put together anew in three sizes."""
