//! How many moves a second the views follow, for `roomnight bench` and for tests.
