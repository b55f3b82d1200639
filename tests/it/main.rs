//! Rooms through their front door, on a real database, as the application's roles. One binary: a link each is what costs.

mod desk;
mod tables;
mod tenancy;
mod world;
