//! What a test is about: one aggregate, one read model, or the whole domain.

use std::{any::Any, marker::PhantomData};

use super::{
    expected::Seen,
    failure::Failure,
    fields::Fields,
    history::Past,
    process::OneProcess,
    rows,
    world::{Window, World},
};
use crate::{Aggregate, Domain, Handled, Id, ProcessManager, Projection, block_on, registry::Element};

/// A test about one aggregate: the one its first command is for, or creates.
pub struct OneAggregate<A: Aggregate> {
    pub(super) id: Option<Id<A>>,
    pub(super) past: Past<A>,
}

/// A test about one read model.
pub struct OneProjection<P>(pub(super) PhantomData<fn() -> P>);

/// A test about everything the domain does.
#[derive(Debug)]
pub struct WholeDomain;

/// A test that begins with nothing; its first command says which aggregate it is about.
#[derive(Debug)]
pub struct Nothing;

/// What a test can be about.
pub trait Subject: sealed::Subject {}

impl<S: sealed::Subject> Subject for S {}

/// Tests about `Self` can send the command `C`.
#[diagnostic::on_unimplemented(
    message = "this test cannot send the command `{C}`",
    note = "a test about one aggregate sends the commands of that aggregate; one about several begins with `given_domain(domain())`; where methods are called, no command is sent"
)]
pub trait Takes<C>: Subject {}

impl<C: Handled> Takes<C> for OneAggregate<C::Aggregate> {}
impl<C: Handled, P: Projection> Takes<C> for OneProjection<P> {}
impl<C: Handled> Takes<C> for WholeDomain {}
impl<C: Handled, P: ProcessManager> Takes<C> for OneProcess<P> {}

/// Tests about `Self` can look at the read model `P`.
#[diagnostic::on_unimplemented(
    message = "this test is not about the read model `{P}`",
    note = "a test about a read model begins with `given_projection::<{P}>()`, one about everything with `given_domain(domain())`"
)]
pub trait Shows<P>: Subject {}

impl<P: Projection> Shows<P> for OneProjection<P> {}
impl<P: Projection> Shows<P> for WholeDomain {}

/// Tests about `Self` have one aggregate to look at.
#[diagnostic::on_unimplemented(
    message = "this test is not about one aggregate",
    note = "a test about one aggregate begins with `given(..)` or `given_nothing()`; one about everything looks with `then_state_of(id, ..)`"
)]
pub trait HasState: Subject {
    /// The aggregate.
    type Aggregate: Aggregate;

    #[doc(hidden)]
    fn state(&self, world: &World) -> Result<Self::Aggregate, Failure>;
}

pub(super) mod sealed {
    use super::{Any, Domain, Failure, Seen, Window, World};

    pub trait Subject: Sized {
        /// The domain it belongs to, when the test does not give one.
        fn domain(&self) -> Result<Domain, Failure>;

        /// What came in a window, as far as the test is about it.
        fn seen(&self, world: &World, window: Window) -> Result<Vec<Seen>, Failure> {
            Ok(world.records(window)?.iter().map(|record| Seen::of(record)).collect())
        }

        /// What it is now, as a section of a failure.
        fn shown(&self, world: &World) -> (String, Vec<String>);

        /// Stores what has happened to it.
        fn prepare(&mut self, _: &mut World) -> Result<(), Failure> {
            Ok(())
        }

        /// Proves, after each `when`, what holds besides.
        fn prove(&self, _: &mut World) -> Result<(), Failure> {
            Ok(())
        }

        /// Looks at the identity a command is for, or at what it gave: maybe the test is about that.
        fn meet(&mut self, _: &dyn Any) {}
    }
}

impl<A: Aggregate> OneAggregate<A> {
    pub(super) fn identity(&self) -> Id<A> {
        self.id.unwrap_or_else(|| Id::named("the aggregate of this test"))
    }
}

impl<A: Aggregate> sealed::Subject for OneAggregate<A> {
    fn domain(&self) -> Result<Domain, Failure> {
        domain_of_aggregate::<A>()
    }

    fn seen(&self, world: &World, window: Window) -> Result<Vec<Seen>, Failure> {
        let category = format!("{}::{}", world.engine.domain(), A::STREAM);
        let id = self.id.map(|id| id.to_string());
        let own = |seen: &Seen| {
            let Some(stream) = &seen.stream else { return false };
            let category = stream.category().strip_suffix("-fact").unwrap_or(stream.category()) == category;
            category && id.as_ref().is_none_or(|id| stream.id() == id)
        };
        Ok(world.records(window)?.iter().map(|record| Seen::of(record)).filter(own).collect())
    }

    fn shown(&self, world: &World) -> (String, Vec<String>) {
        match self.state(world) {
            Ok(state) => shown(&state),
            Err(_) => (format!("no `{}`", A::NAME), Vec::new()),
        }
    }

    fn prepare(&mut self, world: &mut World) -> Result<(), Failure> {
        let past = std::mem::take(&mut self.past);
        if past.saves.is_empty() {
            return Ok(());
        }
        let id = *self.id.get_or_insert(self.identity());
        world.happened("given", false, id, past)
    }

    fn meet(&mut self, identity: &dyn Any) {
        if let (None, Some(id)) = (self.id, identity.downcast_ref::<Id<A>>()) {
            self.id = Some(*id);
        }
    }
}

impl<A: Aggregate> HasState for OneAggregate<A> {
    type Aggregate = A;

    /// From the log alone.
    fn state(&self, world: &World) -> Result<A, Failure> {
        let Some(id) = self.id else {
            return Err(Failure::new(format!("there is no `{}` yet: no command has named or created one", A::NAME)));
        };
        Ok(block_on(world.engine.replay(id))?)
    }
}

impl<P: Projection> sealed::Subject for OneProjection<P> {
    fn domain(&self) -> Result<Domain, Failure> {
        let mut owners = Domain::owners(|element| matches!(element, Element::Projection(table) if **table == *P::TABLE));
        match (owners.pop(), owners.pop()) {
            (Some(domain), None) => Ok(domain),
            (owner, _) => Err(no_domain(P::TABLE.name, owner.is_some())),
        }
    }

    fn shown(&self, world: &World) -> (String, Vec<String>) {
        (format!("rows of `{}`", P::TABLE.name), rows::shown::<P>(world))
    }
}

impl sealed::Subject for WholeDomain {
    fn domain(&self) -> Result<Domain, Failure> {
        Err(no_domain("this test", false))
    }

    fn shown(&self, world: &World) -> (String, Vec<String>) {
        let parked = world.parked().unwrap_or_default();
        ("consumers with parked messages".to_owned(), parked.into_iter().map(|[who, why]| format!("{who}: {why}")).collect())
    }
}

/// An aggregate, as a section of a failure.
pub(super) fn shown<A: Aggregate>(state: &A) -> (String, Vec<String>) {
    let version = state.version().map_or_else(|| "before its first event".to_owned(), |version| format!("version {version}"));
    (format!("`{}` {}, {version}", A::NAME, state.id()), Fields::of(state).in_columns())
}

pub(super) fn domain_of_aggregate<A: Aggregate>() -> Result<Domain, Failure> {
    let is_it = |element: &Element| matches!(element, Element::Aggregate(row) if (row.type_id)() == std::any::TypeId::of::<A>());
    Domain::owners(is_it).pop().ok_or_else(|| no_domain(A::NAME, false))
}

pub(super) fn no_domain(what: &str, several: bool) -> Failure {
    let belongs = if several { "may belong to several domains" } else { "belongs to no domain" };
    Failure::new(format!("`{what}` {belongs}")).detail(
        "write `fidelis::domain!(\"..\");` in the root of its crate, or name the domain in the test: `.in_domain(domain())`",
    )
}
