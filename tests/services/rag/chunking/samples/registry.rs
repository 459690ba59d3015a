//! Keeps services by name.

use std::collections::HashMap;
use std::fmt;

/// How many services a registry holds.
pub const LIMIT: usize = 64;

static STARTED: bool = false;

/// A running service.
#[derive(Debug, Clone)]
pub struct Service {
    name: String,
    priority: u8,
}

/// What a service may be doing.
#[derive(Debug)]
pub enum State {
    Starting,
    Running(u32),
}

/// Opens and closes.
pub trait Lifecycle {
    const TIMEOUT: u64 = 5;

    fn open(&mut self) -> Result<(), Error>;

    /// Closes without waiting.
    fn close(&mut self) {
        println!("closed");
    }
}

pub type Error = Box<dyn std::error::Error>;

pub struct Registry<T> {
    services: HashMap<String, T>,
}

impl<T: Clone> Registry<T> {
    /// Creates an empty registry.
    pub fn new() -> Self {
        Registry {
            services: HashMap::new(),
        }
    }

    #[inline]
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&T> {
        self.services
            .get(name)
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        write!(f, "{}", name)
    }
}

/// Makes a service from a name.
#[macro_export]
macro_rules! service {
    ($name:expr) => {
        Service { name: $name.to_string(), priority: 0 }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_registry_is_empty() {
        let registry: Registry<Service> = Registry::new();
        assert!(registry.get("x").is_none());
    }
}
