//! Identities: of aggregates, typed by what they identify, and of messages.

use std::{cmp::Ordering, fmt, hash, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The namespace under which [`Id::named`] and [`MessageId::named`] hash names into identities.
const NAMES: Uuid = Uuid::from_u128(0x0f1d_e115_0f1d_4e11_85f1_de11_50f1_de11);

/// Identifies one aggregate of type `A`: an `Id<Transfer>` does not fit where an `Id<Account>` is asked for.
///
/// Sixteen bytes, `Copy`, written as a hyphenated UUID everywhere a person or another program sees it.
///
/// ```
/// use fidelis_core::Id;
/// struct Account;
/// let id: Id<Account> = "018f4e2c-7b1a-7c3d-9e4f-5a6b7c8d9e0f".parse()?;
/// assert_eq!(id.to_string(), "018f4e2c-7b1a-7c3d-9e4f-5a6b7c8d9e0f");
/// assert_eq!(Id::<Account>::named("ACC-001"), Id::named("ACC-001"));
/// # Ok::<(), fidelis_core::InvalidId>(())
/// ```
pub struct Id<A: ?Sized> {
    uuid: Uuid,
    identifies: PhantomData<fn() -> A>,
}

impl<A: ?Sized> Id<A> {
    /// The identity with these 128 bits.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Id { uuid, identifies: PhantomData }
    }

    /// The identity that belongs to a natural key: equal names give equal identities, in every process and for ever.
    ///
    /// Hashed as a version 5 UUID (RFC 9562, section 5.5).
    pub fn named(name: &str) -> Self {
        Id::from_uuid(Uuid::new_v5(&NAMES, name.as_bytes()))
    }

    /// The 128 bits.
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }
}

impl<A: ?Sized> Clone for Id<A> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<A: ?Sized> Copy for Id<A> {}

/// The nil identity: what an aggregate has before it is given one.
impl<A: ?Sized> Default for Id<A> {
    fn default() -> Self {
        Id::from_uuid(Uuid::nil())
    }
}

impl<A: ?Sized> PartialEq for Id<A> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<A: ?Sized> Eq for Id<A> {}

impl<A: ?Sized> PartialOrd for Id<A> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<A: ?Sized> Ord for Id<A> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<A: ?Sized> hash::Hash for Id<A> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<A: ?Sized> fmt::Display for Id<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}

impl<A: ?Sized> fmt::Debug for Id<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.uuid, f)
    }
}

impl<A: ?Sized> Serialize for Id<A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.uuid.serialize(serializer)
    }
}

impl<'de, A: ?Sized> Deserialize<'de> for Id<A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Uuid::deserialize(deserializer).map(Id::from_uuid)
    }
}

/// A text that is not an identity.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an identity: expected a UUID such as `018f4e2c-7b1a-7c3d-9e4f-5a6b7c8d9e0f`")]
pub struct InvalidId(String);

impl<A: ?Sized> FromStr for Id<A> {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text).map(Id::from_uuid).map_err(|_| InvalidId(text.to_owned()))
    }
}

/// Identifies one message: an event, a command, a fact.
///
/// Only a command that comes from outside gets a random identity. Every other message takes its identity from
/// what caused it ([`MessageId::derived`]), so doing the same work twice produces the same identities, and a
/// second delivery is recognised.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MessageId(Uuid);

impl MessageId {
    /// The identity with these 128 bits.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        MessageId(uuid)
    }

    /// The identity that belongs to a caller's own key, such as an order number: equal keys give equal identities.
    ///
    /// Hashed as a version 5 UUID (RFC 9562, section 5.5).
    pub fn named(key: &str) -> Self {
        MessageId(Uuid::new_v5(&NAMES, key.as_bytes()))
    }

    /// The identity of the `index`-th message of the kind `label` that this one causes.
    ///
    /// A version 8 UUID (RFC 9562, section 5.8): the first 48 bits are this identity's, which for a time-ordered root
    /// keeps a causal chain together in an index; the rest is XXH3-128 over this identity, the label and the index.
    pub fn derived(self, label: &str, index: u32) -> Self {
        let mut hasher = xxhash_rust::xxh3::Xxh3Default::new();
        hasher.update(self.0.as_bytes());
        hasher.update(label.as_bytes());
        hasher.update(&index.to_le_bytes());
        self.with_hash(hasher.digest128())
    }

    /// The identity of the `index`-th event that a command with this identity raises; [`MessageId::derived`] without a label.
    #[inline]
    pub fn of_event(self, index: u32) -> Self {
        let mut input = [0; 20];
        input[..16].copy_from_slice(self.0.as_bytes());
        input[16..].copy_from_slice(&index.to_le_bytes());
        self.with_hash(xxhash_rust::xxh3::xxh3_128(&input))
    }

    #[inline]
    fn with_hash(self, hash: u128) -> Self {
        const TIME: u128 = 0xffff_ffff_ffff_0000_0000_0000_0000_0000;
        const VERSION_AND_VARIANT: u128 = 0x0000_0000_0000_f000_c000_0000_0000_0000;
        const VERSION_8: u128 = 0x0000_0000_0000_8000_8000_0000_0000_0000;
        let bits = (self.0.as_u128() & TIME) | (hash & !TIME & !VERSION_AND_VARIANT) | VERSION_8;
        MessageId(Uuid::from_u128(bits))
    }

    /// The 128 bits.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl fmt::Debug for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl FromStr for MessageId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Uuid::try_parse(text).map(MessageId).map_err(|_| InvalidId(text.to_owned()))
    }
}
