//! Rooms through their front door, on a real database, as the application's roles. One binary: a link each is what costs.

mod agreement;
mod budget;
mod crawl;
mod desk;
mod matrix;
mod privacy;
mod seats;
mod tables;
mod tenancy;
mod world;
