//! A sign-in that lasts: flow and session as one machine.

mod course;
mod keeping;
mod offers;
