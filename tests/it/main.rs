//! Rooms through their front door, on a real database, as the application's roles. One binary: a link each is what costs.

mod agreement;
mod answerers;
mod attempts;
mod budget;
mod crawl;
mod desk;
mod hard_cases;
mod listed;
mod matrix;
mod privacy;
mod races;
mod seats;
mod tables;
mod tenancy;
mod world;
