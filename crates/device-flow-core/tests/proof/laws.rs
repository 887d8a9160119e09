//! Laws that hold for all inputs, each as a property.

mod reading;
mod rendering;
mod time;
