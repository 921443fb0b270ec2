//! A process that never ends: it waits for the next reading of a meter, again and again.

use fidelis::prelude::*;

/// A meter was installed.
#[event(part_of = Meter)]
pub(crate) struct MeterInstalled {
    /// The meter.
    pub meter_id: Id<Meter>,
}

/// A meter was read.
#[event(part_of = Meter)]
pub(crate) struct MeterRead {
    /// The meter.
    pub meter_id: Id<Meter>,
    /// What it said.
    pub reading: u64,
}

/// Something that is read again and again.
#[aggregate(event_sourced)]
pub(crate) struct Meter {
    /// What it said last.
    pub reading: u64,
}

#[aggregate]
impl Meter {
    #[apply]
    fn on_meter_installed(&mut self, _: &MeterInstalled) {}

    #[apply]
    fn on_meter_read(&mut self, event: &MeterRead) {
        self.reading = event.reading;
    }
}

/// Begin.
#[command(part_of = Meter)]
pub(crate) struct InstallMeter {}

/// Note a reading.
#[command(part_of = Meter)]
pub(crate) struct ReadMeter {
    /// The meter.
    #[identifier]
    pub meter_id: Id<Meter>,
}

/// Answers commands to meters.
#[derive(Default)]
pub(crate) struct MeterCommandHandler;

#[command_handler(part_of = Meter)]
impl MeterCommandHandler {
    #[handle]
    fn install_meter(&self, _: InstallMeter, id: Id<Meter>) -> Result<Meter, Rejection> {
        let mut meter = Meter::new(id);
        meter.raise(MeterInstalled { meter_id: id })?;
        Ok(meter)
    }

    #[handle]
    fn read_meter(&self, command: ReadMeter, meter: &mut Meter) -> Result<(), Rejection> {
        meter.raise(MeterRead { meter_id: command.meter_id, reading: meter.reading + 1 })
    }
}

/// Waits for the next reading of a meter.
#[process_manager(correlate = meter_id)]
pub(crate) struct Watching {
    /// The meter.
    pub meter_id: Id<Meter>,
    /// How often it was read.
    pub readings: u64,
}

#[process_manager]
impl Watching {
    #[handle(start)]
    fn on_meter_installed(&mut self, _: &MeterInstalled, then: &mut Effects<Self>) {
        then.start_timer(Self::SILENT, SignedDuration::from_hours(24));
    }

    #[handle]
    fn on_meter_read(&mut self, _: &MeterRead, then: &mut Effects<Self>) {
        self.readings += 1;
        then.restart_timer(Self::SILENT, SignedDuration::from_hours(24));
    }

    #[on_timeout("silent")]
    fn on_silent(&mut self, then: &mut Effects<Self>) {
        then.mark_as_complete();
    }
}
