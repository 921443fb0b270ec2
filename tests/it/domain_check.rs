//! What a domain's check finds: every fault, all of them in one report, and nothing that belongs to others.

use fidelis::{Domain, prelude::*};

/// The report, fault by fault; fails when there is none.
#[track_caller]
fn faults(domain: Domain) -> Vec<String> {
    let faults = domain.check().unwrap_err();
    let list: Vec<String> = faults.iter().map(str::to_owned).collect();
    let text = faults.to_string();
    assert!(text.starts_with(&format!("the domain has {} fault", list.len())), "{text}");
    assert!(list.iter().all(|fault| text.contains(&format!("\n- {fault}"))), "all of them are in the text");
    list
}

/// The report is exactly these, in any order.
#[track_caller]
fn only(domain: Domain, expected: &[&str]) {
    let mut found = faults(domain);
    let mut expected: Vec<String> = expected.iter().map(|fault| (*fault).to_owned()).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

mod sound {
    use super::*;

    fidelis::domain!("sound");

    #[event(part_of = Bell)]
    pub struct Rung {}

    #[aggregate(event_sourced, fact_events)]
    pub struct Bell {
        pub rung: u32,
    }

    #[aggregate]
    impl Bell {
        #[apply]
        fn on_rung(&mut self, _: &Rung) {
            self.rung += 1;
        }
    }

    #[command(part_of = Bell)]
    pub struct Ring {}

    /// It needs something that only the program knows.
    pub struct Ringer(pub u32);

    #[command_handler(part_of = Bell)]
    impl Ringer {
        #[handle]
        fn ring(&self, _: Ring, id: Id<Bell>) -> Result<Bell, Rejection> {
            let mut bell = Bell::new(id);
            for _ in 0..self.0 {
                bell.raise(Rung {})?;
            }
            Ok(bell)
        }
    }

    /// It has a default, and may still be given.
    pub struct Ear(pub String);

    impl Default for Ear {
        fn default() -> Self {
            Ear("by default".to_owned())
        }
    }

    #[event_handler(part_of = Bell, categories = ["bell-fact"])]
    impl Ear {
        #[handle]
        fn on_rung(&self, _: &Rung) -> Result<(), HandlerError> {
            Err(HandlerError::failed(self.0.clone()))
        }

        #[handle("Sound.BellFactEvent.v1")]
        fn on_fact(&self, _: &Recorded) {}
    }
}

#[test]
fn handlers_are_made_by_default_or_given() {
    let missing =
        "handler `Ringer` has no `Default` and no instance: give one with `domain().with(Ringer { .. })`, or derive `Default`";
    only(sound::domain(), &[missing]);
    assert_eq!(sound::domain().with(sound::Ringer(1)).check(), Ok(()));
    let given = || sound::domain().with(sound::Ringer(2)).with(sound::Ear("given".into()));
    assert_eq!(given().check(), Ok(()));

    for (domain, rung, said) in [(sound::domain().with(sound::Ringer(3)), 3, "by default"), (given(), 2, "given")] {
        let engine = domain.in_memory().unwrap();
        let receipt = crate::stepping::run(engine.process(sound::Ring {})).unwrap();
        assert_eq!(receipt.position, rung + 1, "the instance that was given");
        assert!(receipt.lagging[0].error.contains(said), "{:?}", receipt.lagging);
    }
}

#[test]
fn what_was_given_for_nothing_or_twice_is_a_fault() {
    let domain = sound::domain().with(sound::Ringer(1)).with(7_u8);
    only(domain, &["an instance of `u8` was given, but it handles nothing in this domain"]);
    let domain = sound::domain().with(sound::Ringer(1)).with(sound::Ringer(2));
    let ringer = std::any::type_name::<sound::Ringer>();
    only(domain, &[&format!("two instances of `{ringer}` were given: the domain has one of each")]);
}

#[test]
fn an_engine_does_not_start_on_a_domain_with_faults() {
    let error = sound::domain().in_memory().err().unwrap();
    assert_eq!(error.kind(), ErrorKind::Invalid);
    assert!(error.to_string().contains("handler `Ringer` has no `Default`"), "{error}");
}

mod empty {
    fidelis::domain!("empty");
}

#[test]
fn an_empty_domain_is_a_fault() {
    let module = concat!(module_path!(), "::empty");
    let fault =
        format!("domain `empty` has no aggregate: is the module that declares it below `{module}`, and included with `mod`?");
    only(empty::domain(), &[&fault]);
}

/// Everything here comes twice.
mod doubled {
    use super::*;

    fidelis::domain!("doubled");

    macro_rules! half {
        ($half:ident) => {
            #[allow(dead_code)]
            pub mod $half {
                use super::*;

                #[event(part_of = Cup)]
                pub struct Cracked {}

                #[aggregate(event_sourced, name = "cup")]
                pub struct Cup {}

                #[aggregate]
                impl Cup {
                    #[apply]
                    fn on_cracked(&mut self, _: &Cracked) {}
                }

                #[command(part_of = Cup)]
                pub struct Crack {
                    #[identifier]
                    pub cup: Id<Cup>,
                }

                #[derive(Default)]
                pub struct Hand;

                #[command_handler(part_of = Cup)]
                impl Hand {
                    #[handle]
                    fn crack(&self, _: Crack, cup: &mut Cup) -> Result<(), Rejection> {
                        cup.raise(Cracked {})
                    }
                }

                #[projection]
                pub struct Shard {
                    #[identifier]
                    pub cup: Id<Cup>,
                }

                #[derive(Default)]
                pub struct Broom;

                #[projector(projector_for = Shard, aggregates = [Cup])]
                impl Broom {
                    #[on]
                    fn on_cracked(&self, _: &Cracked) -> Shard {
                        Shard { cup: Id::named("one") }
                    }
                }

                #[derive(Default)]
                pub struct Ear;

                #[event_handler(part_of = Cup)]
                impl Ear {
                    #[handle]
                    fn on_cracked(&self, _: &Cracked) {}
                }
            }
        };
    }

    half!(left);
    half!(right);
}

#[test]
fn names_that_come_twice_are_faults() {
    let module = concat!(module_path!(), "::doubled");
    let twice = |what: &str, name: &str, remedy: &str| {
        format!("two {what} are called `{name}` (in `{module}::left` and `{module}::right`): {remedy}")
    };
    let expected = [
        "two aggregates' streams are called `cup` (in `Cup` and `Cup`): give one another: `#[aggregate(name = \"..\")]`"
            .to_owned(),
        twice("events", "Doubled.Cracked.v1", "give one another: `#[event(name = \"..\")]`"),
        twice("commands", "Crack", "give one another: `#[command(name = \"..\")]`"),
        twice("read models", "shard", "give one another: `#[projection(name = \"..\")]`"),
        twice("consumers", "Broom", "their checkpoints are kept by name; rename one type"),
        twice("consumers", "Ear", "their checkpoints are kept by name; rename one type"),
        twice("projectors of a read model", "shard", "a read model and its checkpoint move together; let one projector write it"),
    ];
    only(doubled::domain(), &expected.each_ref().map(String::as_str));
}

/// An event with the name of another aggregate's fact, and one read model with two projectors.
mod confused {
    use super::*;

    fidelis::domain!("confused");

    #[event(part_of = Cup)]
    pub struct Cracked {}

    #[event(part_of = Cup, name = "PlateFactEvent")]
    pub struct Misnamed {}

    #[aggregate(event_sourced)]
    pub struct Cup {}

    #[aggregate]
    impl Cup {
        #[apply]
        fn on_cracked(&mut self, _: &Cracked) {}

        #[apply]
        fn on_misnamed(&mut self, _: &Misnamed) {}
    }

    #[aggregate(fact_events)]
    pub struct Plate {}

    #[aggregate]
    impl Plate {}

    #[projection]
    pub struct Shard {
        #[identifier]
        pub cup: Id<Cup>,
    }

    #[derive(Default)]
    pub struct Broom;

    #[projector(projector_for = Shard, aggregates = [Cup])]
    impl Broom {
        #[on]
        fn on_cracked(&self, _: &Cracked) -> Shard {
            Shard { cup: Id::named("one") }
        }
    }

    #[derive(Default)]
    pub struct Dustpan;

    #[projector(projector_for = Shard, aggregates = [Cup])]
    impl Dustpan {
        #[on]
        fn on_misnamed(&self, _: &Misnamed) -> Shard {
            Shard { cup: Id::named("two") }
        }
    }
}

#[test]
fn two_writers_of_one_read_model_and_a_fact_with_an_events_name() {
    let module = concat!(module_path!(), "::confused");
    let remedy = "a read model and its checkpoint move together; let one projector write it";
    let expected = [
        format!("two projectors of a read model are called `shard` (in `{module}` and `{module}`): {remedy}"),
        format!(
            "two events are called `Confused.PlateFactEvent.v1` (in `Plate` and `{module}`): give one another: `#[event(name = \"..\")]`"
        ),
    ];
    only(confused::domain(), &expected.each_ref().map(String::as_str));
}

/// It takes what belongs to others, and listens to what nobody says.
mod astray {
    use super::*;
    use crate::domain_check::sound;

    fidelis::domain!("astray");

    #[event(part_of = Kite)]
    pub struct Flown {}

    #[aggregate(event_sourced)]
    pub struct Kite {}

    #[aggregate]
    impl Kite {
        #[apply]
        fn on_flown(&mut self, _: &Flown) {}
    }

    #[aggregate(event_sourced)]
    pub struct Balloon {}

    #[event(part_of = Balloon)]
    pub struct Burst {}

    #[aggregate]
    impl Balloon {
        #[apply]
        fn on_burst(&mut self, _: &Burst) {}
    }

    /// A command of an aggregate of another domain.
    #[command(part_of = sound::Bell)]
    pub struct Toll {}

    #[derive(Default)]
    pub struct Sexton;

    #[command_handler(part_of = sound::Bell)]
    impl Sexton {
        #[handle]
        fn toll(&self, _: Toll, id: Id<sound::Bell>) -> Result<sound::Bell, Rejection> {
            Ok(sound::Bell::new(id))
        }
    }

    /// A command that is handled elsewhere: see `elsewhere`.
    #[command(part_of = Kite)]
    pub struct Fly {}

    #[projection]
    pub struct Height {
        #[identifier]
        pub kite: Id<Kite>,
    }

    #[derive(Default)]
    pub struct Surveyor;

    #[projector(projector_for = Height, aggregates = [Kite])]
    impl Surveyor {
        #[on]
        fn on_flown(&self, _: &Flown) -> Height {
            Height { kite: Id::named("one") }
        }

        #[on]
        fn on_burst(&self, _: &Burst) -> Height {
            Height { kite: Id::named("two") }
        }

        #[on]
        fn on_rung(&self, _: &sound::Rung) -> Height {
            Height { kite: Id::named("three") }
        }
    }

    #[derive(Default)]
    pub struct Listener;

    #[event_handler(part_of = Kite, categories = ["kite", "kite-fact", "cloud"])]
    impl Listener {
        #[handle]
        fn on_flown(&self, _: &Flown) {}

        #[handle("Astray.Flown.v1")]
        fn on_flown_again(&self, _: &Recorded) {}

        #[handle("Astray.Flown.v2")]
        fn on_flown_later(&self, _: &Recorded) {}

        #[handle]
        fn on_rung(&self, _: &sound::Rung) {}
    }

    #[derive(Default)]
    pub struct Stranger;

    #[event_handler(part_of = sound::Bell)]
    impl Stranger {
        #[handle]
        fn on_flown(&self, _: &Flown) {}
    }
}

mod elsewhere {
    use super::*;
    use crate::domain_check::astray;

    fidelis::domain!("elsewhere");

    #[event(part_of = astray::Balloon)]
    pub struct Popped {}

    impl Apply<Popped> for astray::Balloon {
        fn apply(&mut self, _: &Popped) {}
    }

    #[derive(Default)]
    pub struct Pilot;

    #[command_handler(part_of = astray::Kite)]
    impl Pilot {
        #[handle]
        fn fly(&self, _: astray::Fly, id: Id<astray::Kite>) -> Result<astray::Kite, Rejection> {
            Ok(astray::Kite::new(id))
        }
    }

    #[derive(Default)]
    pub struct Copyist;

    #[projector(projector_for = astray::Height, aggregates = [astray::Kite])]
    impl Copyist {
        #[on]
        fn on_flown(&self, _: &astray::Flown) -> astray::Height {
            astray::Height { kite: Id::named("one") }
        }
    }
}

#[test]
fn what_belongs_to_others_and_what_nobody_says_are_faults() {
    let module = concat!(module_path!(), "::astray");
    let known = "known are `Astray.Burst.v1`, `Astray.Flown.v1`";
    let listener = format!("event handler `Listener` (in `{module}`)");
    let surveyor = format!("projector `Surveyor` (in `{module}`)");
    let categories = "known are `astray::balloon`, `astray::kite`";
    let expected = [
        "command `Toll` is part of `bell`, which is not in this domain".to_owned(),
        "command `Fly` has no handler in this domain: add a `#[handle]` method that takes it".to_owned(),
        format!("event handler `Stranger` (in `{module}`) is part of `bell`, which is not in this domain"),
        format!("{listener} listens to category `astray::kite-fact`, which has no events; {categories}"),
        format!("{listener} listens to category `astray::cloud`, which has no events; {categories}"),
        format!("{listener} handles `Astray.Flown.v1` twice: one method per event"),
        format!("{listener} handles `Astray.Flown.v2`, which no aggregate of this domain raises; {known}"),
        format!("{listener} handles `Astray.Rung.v1`, which no aggregate of this domain raises; {known}"),
        format!("{surveyor} handles `Astray.Burst.v1` of `balloon`, which is not one of its `aggregates`: add it there"),
        format!("{surveyor} handles `Astray.Rung.v1` of `bell`, which is not one of its `aggregates`: add it there"),
        format!("{surveyor} handles `Astray.Rung.v1`, which no aggregate of this domain raises"),
    ];
    only(astray::domain(), &expected.each_ref().map(String::as_str));
}

#[test]
fn parts_without_their_whole_are_faults() {
    let module = concat!(module_path!(), "::elsewhere");
    let expected = [
        format!("domain `elsewhere` has no aggregate: is the module that declares it below `{module}`, and included with `mod`?"),
        format!("event `Popped` (in `{module}`) is part of `balloon`, which is not in this domain"),
        format!("projector `Copyist` (in `{module}`) writes read model `height`, which is not in this domain"),
        format!("projector `Copyist` (in `{module}`) handles `Elsewhere.Flown.v1`, which no aggregate of this domain raises"),
    ];
    only(elsewhere::domain(), &expected.each_ref().map(String::as_str));
}

#[test]
fn the_report_is_the_same_every_time() {
    let report = || (faults(doubled::domain()), faults(astray::domain()));
    assert_eq!(report(), report());
}

/// A domain inside the module of another one: what is below the inner one is not the outer one's.
mod outer {
    use super::*;

    fidelis::domain!("outer");

    #[event(part_of = Shell)]
    pub struct Opened {}

    #[aggregate(event_sourced)]
    pub struct Shell {}

    #[aggregate]
    impl Shell {
        #[apply]
        fn on_opened(&mut self, _: &Opened) {}
    }

    pub mod inner {
        use super::*;

        fidelis::domain!("inner");

        #[event(part_of = Shell)]
        pub struct Opened {}

        /// The same name as the outer one's.
        #[aggregate(event_sourced)]
        pub struct Shell {
            pub opened: u32,
        }

        #[aggregate]
        impl Shell {
            #[apply]
            fn on_opened(&mut self, _: &Opened) {
                self.opened += 1;
            }
        }

        #[command(part_of = Shell)]
        pub struct Open {}

        #[derive(Default)]
        pub struct Diver;

        #[command_handler(part_of = Shell)]
        impl Diver {
            #[handle]
            fn open(&self, _: Open, id: Id<Shell>) -> Result<Shell, Rejection> {
                let mut shell = Shell::new(id);
                shell.raise(Opened {})?;
                Ok(shell)
            }
        }
    }
}

/// Its module's name begins with that of another domain's module.
mod outer_space {
    use super::*;

    fidelis::domain!("outer_space");

    #[aggregate]
    pub struct Star {}

    #[aggregate]
    impl Star {}
}

/// In no domain, and in a module whose name begins with that of one.
mod outermost {
    use super::*;

    #[aggregate]
    pub struct Moon {}

    #[aggregate]
    impl Moon {}
}

#[test]
fn domains_do_not_see_each_other() {
    assert_eq!(outer::domain().check(), Ok(()));
    assert_eq!(outer::inner::domain().check(), Ok(()));
    assert_eq!(outer_space::domain().check(), Ok(()));

    // On one store: each has streams of its own.
    let store = fidelis::MemoryStore::default();
    let start = |domain: Domain| crate::stepping::run(domain.on(store.clone()).start()).unwrap();
    let (outer, inner) = (start(outer::domain()), start(outer::inner::domain()));
    let shell = crate::stepping::run(inner.process(outer::inner::Open {})).unwrap().value;
    assert_eq!(crate::stepping::run(inner.load(shell)).unwrap().opened, 1);
    let same = Id::<outer::Shell>::from_uuid(shell.uuid());
    assert!(crate::stepping::run(outer.find(same)).unwrap().is_none());
    assert_eq!(crate::stepping::run(outer.process(outer::inner::Open {})).unwrap_err().kind(), ErrorKind::Invalid);
    assert_eq!(crate::stepping::run(outer.load(shell)).unwrap_err().kind(), ErrorKind::Invalid);
    let moon = crate::stepping::run(outer.load(Id::<outermost::Moon>::named("moon"))).unwrap_err();
    assert!(moon.kind() == ErrorKind::Invalid && moon.to_string().contains("Moon"), "{moon}");
    let error = crate::stepping::run(outer.process_json("Open", "{}", fidelis::Envelope::default())).unwrap_err();
    assert!(error.to_string().contains("domain `outer` has no command `Open`"), "{error}");
}
