//! The memory store keeps the contract of every store.
