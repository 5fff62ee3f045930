//! Kinds of calendar component, one bit each, as they stand in the store.

/// A kind of component that a calendar object resource is made of (RFC 4791 section 4.1).
///
/// The numbers stand on disk: never change or reuse one. There is room for eight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Component {
    Vevent = 0,
    Vtodo = 1,
    Vjournal = 2,
    Vfreebusy = 3,
    /// RFC 7953.
    Vavailability = 4,
}

impl Component {
    pub const ALL: [Component; 5] = [
        Component::Vevent,
        Component::Vtodo,
        Component::Vjournal,
        Component::Vfreebusy,
        Component::Vavailability,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Component::Vevent => "VEVENT",
            Component::Vtodo => "VTODO",
            Component::Vjournal => "VJOURNAL",
            Component::Vfreebusy => "VFREEBUSY",
            Component::Vavailability => "VAVAILABILITY",
        }
    }

    /// Names are the same in any case (RFC 5545 section 2).
    pub fn from_name(name: &str) -> Option<Component> {
        Component::ALL
            .into_iter()
            .find(|component| component.name().eq_ignore_ascii_case(name))
    }

    /// Its number, as the store keeps it.
    pub const fn number(self) -> u8 {
        self as u8
    }

    pub fn from_number(number: u8) -> Option<Component> {
        Component::ALL
            .into_iter()
            .find(|component| component.number() == number)
    }

    /// Its place in a set.
    pub const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of kinds, as `supported-calendar-component-set` has one (RFC 4791 section 5.2.3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Components(u8);

impl Components {
    pub const NONE: Components = Components(0);
    pub const ALL: Components = {
        let mut bits = 0;
        let mut at = 0;
        while at < Component::ALL.len() {
            bits |= Component::ALL[at].bit();
            at += 1;
        }
        Components(bits)
    };

    /// What [`Components::bits`] gave. Bits without a meaning are dropped.
    pub const fn from_bits(bits: u8) -> Components {
        Components(bits & Components::ALL.0)
    }

    pub const fn bits(self) -> u8 {
        self.0
    }

    /// The set of these names, or the first name that is none.
    pub fn from_names<'n>(names: impl IntoIterator<Item = &'n str>) -> Result<Components, &'n str> {
        names
            .into_iter()
            .map(|name| Component::from_name(name).ok_or(name))
            .collect()
    }

    pub const fn contains(self, component: Component) -> bool {
        self.0 & component.bit() != 0
    }

    pub const fn with(self, component: Component) -> Components {
        Components(self.0 | component.bit())
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = Component> {
        Component::ALL
            .into_iter()
            .filter(move |component| self.contains(*component))
    }
}

impl From<Component> for Components {
    fn from(component: Component) -> Self {
        Components(component.bit())
    }
}

impl FromIterator<Component> for Components {
    fn from_iter<I: IntoIterator<Item = Component>>(components: I) -> Self {
        components
            .into_iter()
            .fold(Components::NONE, Components::with)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_on_disk_stay() {
        let numbers: Vec<(u8, u8, &str)> = Component::ALL
            .iter()
            .map(|c| (c.number(), c.bit(), c.name()))
            .collect();
        assert_eq!(
            numbers,
            [
                (0, 1, "VEVENT"),
                (1, 2, "VTODO"),
                (2, 4, "VJOURNAL"),
                (3, 8, "VFREEBUSY"),
                (4, 16, "VAVAILABILITY"),
            ]
        );
        for component in Component::ALL {
            assert_eq!(Component::from_number(component.number()), Some(component));
            assert_eq!(Component::from_name(component.name()), Some(component));
        }
        assert_eq!(Component::from_number(200), None);
        assert_eq!(Component::from_name("vevent"), Some(Component::Vevent));
        assert_eq!(Component::from_name("VTIMEZONE"), None);
    }

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set = Components::from_names(["vtodo", "VEVENT", "VTODO"]);
        assert_eq!(set, Ok(Components::from_bits(3)));
        let set = set.unwrap_or_default();
        assert!(set.contains(Component::Vevent) && !set.contains(Component::Vjournal));
        assert!(set.iter().eq([Component::Vevent, Component::Vtodo]));
        assert_eq!(Components::from_bits(set.bits()), set);
        assert_eq!(Components::from_names(["VEVENT", "VALARM"]), Err("VALARM"));
        assert_eq!(Components::from_bits(0xFF), Components::ALL);
        assert!(Components::NONE.is_empty());
    }
}
