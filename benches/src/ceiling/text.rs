//! The plan as the text that all contenders write.

use std::io::{self, Write};

use super::account::{ID, MANAGER};
use super::join::{Changed, Moved};
use super::order::Operation;
use super::{Plan, Sides};
use crate::contest::{CLEARED, Line};
use crate::organisation::ACCOUNT_ATTRIBUTES;

impl Plan {
    /// Writes the plan as text.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write(&self, sides: &Sides, out: &mut impl Write) -> io::Result<()> {
        self.operations.iter().try_for_each(|it| self.line(sides, *it, out))
    }

    fn line(&self, sides: &Sides, operation: Operation, out: &mut impl Write) -> io::Result<()> {
        let worker = |at: u32, place: usize| sides.workers.row(at as usize).field(place).bytes();
        let team = |at: u32| format!("G{:07}", sides.teams.ids[at as usize]);
        match operation {
            Operation::CreateGroup { team: at } => {
                let name = &sides.teams.names[at as usize];
                Line::begin(out, "CG")?.cell(team(at).as_bytes())?.cell(name.as_bytes())?.end()
            }
            Operation::CreateUser { user, is_in_circle } => {
                let mut line = Line::begin(out, "C")?.cell(worker(user.worker, 0))?;
                for (attribute, value) in self.changes(user) {
                    let waits = is_in_circle && attribute == MANAGER;
                    if !waits && !value.is_empty() {
                        line = line.pair(ACCOUNT_ATTRIBUTES[attribute], value)?;
                    }
                }
                line.end()
            }
            Operation::SetManager { worker: at } => {
                Line::begin(out, "SM")?.cell(worker(at, 0))?.cell(worker(at, MANAGER))?.end()
            }
            Operation::Update(user) => {
                let mut line = Line::begin(out, "U")?.cell(worker(user.worker, 0))?;
                for (attribute, value) in self.changes(user) {
                    let value = if value.is_empty() { CLEARED.as_bytes() } else { value };
                    line = line.pair(ACCOUNT_ATTRIBUTES[attribute], value)?;
                }
                line.end()
            }
            Operation::Join(moved) => {
                Line::begin(out, "AM")?.cell(team(moved.team).as_bytes())?.list(self.members(moved))?.end()
            }
            Operation::Leave(moved) => {
                Line::begin(out, "RM")?.cell(team(moved.team).as_bytes())?.list(self.members(moved))?.end()
            }
            Operation::Disable { account } => {
                let row = sides.accounts.row(account as usize);
                Line::begin(out, "D")?.cell(row.field(ID).bytes())?.cell(row.field(0).bytes())?.end()
            }
        }
    }

    fn changes(&self, of: Changed) -> impl Iterator<Item = (usize, &[u8])> {
        let changes = &self.changes[of.first as usize..][..of.count as usize];
        changes.iter().map(|it| {
            let value = &self.bytes[it.start as usize..][..usize::from(it.length)];
            (usize::from(it.attribute), value)
        })
    }

    fn members(&self, of: Moved) -> impl Iterator<Item = Vec<u8>> {
        let members = &self.members[of.first as usize..][..of.count as usize];
        members.iter().map(|it| [b"W".as_slice(), &it.to_be_bytes()].concat())
    }
}
