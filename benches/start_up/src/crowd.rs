//! A hundred aggregates, each with a command and three handlers that listen to its three events: a thousand handlers.

use fidelis::prelude::*;
use pastey::paste;

fidelis::domain!("crowd");

macro_rules! crowd {
    ($($number:literal)+) => {
        $(crowd!(@member $number [One Two Three]);)+
    };
    (@member $number:literal [$($step:ident)+]) => {
        paste! {
            mod [<member_ $number>] {
                use super::*;

                $(
                    #[event(part_of = [<Member $number>])]
                    pub struct [<Did $step $number>] {
                        pub times: u32,
                    }
                )+

                #[aggregate(event_sourced)]
                pub struct [<Member $number>] {
                    pub times: u32,
                }

                #[aggregate]
                impl [<Member $number>] {
                    $(
                        #[apply]
                        fn [<on_ $step:lower>](&mut self, event: &[<Did $step $number>]) {
                            self.times += event.times;
                        }
                    )+
                }

                #[command(part_of = [<Member $number>])]
                pub struct [<Do $number>] {
                    #[identifier]
                    pub member: Id<[<Member $number>]>,
                    pub times: u32,
                }

                #[derive(Default)]
                pub struct [<Commands $number>];

                #[command_handler(part_of = [<Member $number>])]
                impl [<Commands $number>] {
                    #[handle]
                    fn handle(&self, command: [<Do $number>], member: &mut [<Member $number>]) -> Result<(), Rejection> {
                        member.raise([<DidOne $number>] { times: command.times })
                    }
                }

                crowd!(@watcher $number First [$($step)+]);
                crowd!(@watcher $number Second [$($step)+]);
                crowd!(@watcher $number Third [$($step)+]);
            }
        }
    };
    (@watcher $number:literal $rank:ident [$($step:ident)+]) => {
        paste! {
            #[derive(Default)]
            pub struct [<$rank Watcher $number>];

            #[event_handler(part_of = [<Member $number>])]
            impl [<$rank Watcher $number>] {
                $(
                    #[handle]
                    fn [<on_ $step:lower>](&self, _: &[<Did $step $number>]) {}
                )+
            }
        }
    };
}

crowd!(00 01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54 55 56 57 58 59 60 61 62 63 64 65 66 67 68 69 70 71 72 73 74 75 76 77 78 79 80 81 82 83 84 85 86 87 88 89 90 91 92 93 94 95 96 97 98 99);
