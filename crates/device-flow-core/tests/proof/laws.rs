//! Laws that hold for all inputs, each as a property.

mod asking;
mod granting;
mod last_chance;
mod lasting;
mod reading;
mod rendering;
mod time;
