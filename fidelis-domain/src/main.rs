//! Plays the bank.
use fidelis::prelude::*;
use fidelis_domain::{account::*, dashboard::*, money::*, report::*, compliance::*};

fn main() {
    fidelis::block_on(async {
        let bank = fidelis_domain::domain().in_memory().unwrap();
        let id = bank.process(OpenAccount { account_number: "ACC-001".into(), holder_name: "Alice".into(), opening_deposit: dollars(1000) }).await.unwrap().value;
        let r = bank.process(MakeDeposit { account_id: id, amount: dollars(500), reference: None }).await.unwrap();
        println!("{r:?}");
        let e = bank.process(MakeWithdrawal { account_id: id, amount: dollars(5000), reference: None }).await;
        println!("{e:?}");
        let r = bank.process(MakeDeposit { account_id: id, amount: dollars(15000), reference: None }).await.unwrap();
        println!("{r:?}");
        println!("{:#?}", bank.load(id).await.unwrap());
        println!("{:#?}", bank.replay(id).await.unwrap());
        println!("{:#?}", bank.query::<AccountSummary>().get(id).await.unwrap());
        println!("{:#?}", bank.query::<AccountReport>().get(id).await.unwrap());
        for r in bank.store().read(fidelis::store::ReadFrom::All { position: 0, direction: fidelis::store::Direction::Forwards }, Default::default()).await.unwrap() {
            println!("{} {} {} {} {}", r.metadata.global_position, r.metadata.stream, r.metadata.position, r.metadata.type_name, r.payload);
        }
        println!("{}", bank.rebuild::<AccountReport>().await.unwrap());
        println!("{:?}", bank.parked().await);
        let n = 200_000;
        let t = std::time::Instant::now();
        for _ in 0..n { let _ = bank.process(MakeDeposit { account_id: id, amount: cents(1), reference: None }).await.unwrap(); }
        println!("{} ns", t.elapsed().as_nanos() / n);
    });
}
