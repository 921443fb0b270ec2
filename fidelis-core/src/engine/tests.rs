mod delivery;
mod parking;
mod retry;
mod shelf;
mod world;
mod written;
