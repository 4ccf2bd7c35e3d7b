//! Plans are carried out against a target made of answers, in virtual time.

mod budget;
mod laws;
mod rig;
mod salvage;
