//! Its state is stored without a part that its events lead to.

use fidelis::prelude::*;

fidelis::domain!("partial");

#[event(part_of = Sheet)]
pub struct Stamped {}

#[aggregate(event_sourced)]
pub struct Sheet {
    #[serde(skip)]
    pub stamps: u32,
}

#[aggregate]
impl Sheet {
    #[apply]
    fn on_stamped(&mut self, _: &Stamped) {
        self.stamps += 1;
    }
}

#[command(part_of = Sheet)]
pub struct Stamp {
    #[identifier]
    pub sheet: Id<Sheet>,
}

#[derive(Default)]
pub struct SheetCommandHandler;

#[command_handler(part_of = Sheet)]
impl SheetCommandHandler {
    #[handle]
    fn stamp(&self, _: Stamp, sheet: &mut Sheet) -> Result<(), Rejection> {
        sheet.raise(Stamped {})
    }
}
