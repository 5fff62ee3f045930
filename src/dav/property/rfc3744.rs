//! Access control, as far as it is read (RFC 3744 sections 4 and 5).

use super::{Missing, Property, Scope, href, live};
use crate::dav::path;
use crate::dav::privilege::{self, Privilege};
use crate::dav::resource::{On, Resource, State};
use crate::xml::{Element, Writer};

pub const PROPERTIES: &[Property] = &[
    live(
        "D:principal-URL",
        "RFC 3744 4.2",
        On::PRINCIPAL,
        principal_url,
    ),
    live("D:alternate-URI-set", "RFC 3744 4.1", On::PRINCIPAL, empty),
    live("D:group-membership", "RFC 3744 4.4", On::PRINCIPAL, empty),
    live("D:group-member-set", "RFC 3744 4.3", On::PRINCIPAL, empty),
    live(
        "D:owner",
        "RFC 3744 5.1",
        On::HOME.or(On::COLLECTION).or(On::OBJECT).or(On::PRINCIPAL),
        owner,
    ),
    live(
        "D:supported-privilege-set",
        "RFC 3744 5.3",
        On::ANY,
        supported_privilege_set,
    ),
    live(
        "D:current-user-privilege-set",
        "RFC 3744 5.4",
        On::ANY,
        current_user_privilege_set,
    ),
    live("D:acl", "RFC 3744 5.5", On::ANY, acl),
    live(
        "D:acl-restrictions",
        "RFC 3744 5.6",
        On::ANY,
        acl_restrictions,
    ),
    live("D:inherited-acl-set", "RFC 3744 5.7", On::ANY, empty),
    live(
        "D:principal-collection-set",
        "RFC 3744 5.8",
        On::ANY,
        principal_collection_set,
    ),
];

#[allow(clippy::unnecessary_wraps)]
fn empty(_: Scope<'_>, _: &Resource<'_>, _: &Element, _: &mut Writer) -> Result<(), Missing> {
    Ok(())
}

fn principal_url(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    href(out, &resource.path);
    Ok(())
}

fn owner(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    href(out, &path::principal(&resource.user));
    Ok(())
}

fn principal_collection_set(
    _: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    href(out, "/principals/");
    Ok(())
}

fn privilege(out: &mut Writer, tag: &str) {
    out.raw("<D:privilege>");
    out.empty(tag);
    out.raw("</D:privilege>");
}

/// The aggregates first: clients look for `write` and `all` (RFC 3744 section 3.11, 3.12).
fn list(out: &mut Writer, granted: privilege::Privileges) {
    if granted == privilege::Privileges::EVERYTHING {
        privilege(out, "D:all");
        privilege(out, "D:write");
    }
    for one in privilege::ALL {
        if granted.has(one) {
            privilege(out, one.tag());
        }
    }
}

fn granted(scope: Scope<'_>, resource: &Resource<'_>) -> privilege::Privileges {
    match &resource.state {
        State::Bare | State::Principal(_) => privilege::Privileges::LOOKING,
        State::Collection(_) | State::Object { .. } => {
            privilege::in_tree_of(scope.person, &resource.user)
        }
    }
}

fn current_user_privilege_set(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    list(out, granted(scope, resource));
    Ok(())
}

fn supported_privilege_set(
    _: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let leaf = |out: &mut Writer, tag: &str, description: &str| {
        out.raw("<D:supported-privilege>");
        privilege(out, tag);
        out.raw("<D:description xml:lang=\"en\">");
        out.raw(description);
        out.raw("</D:description></D:supported-privilege>");
    };
    out.raw("<D:supported-privilege>");
    privilege(out, "D:all");
    out.raw("<D:description xml:lang=\"en\">Everything</D:description>");
    out.raw("<D:supported-privilege>");
    privilege(out, "D:read");
    out.raw("<D:description xml:lang=\"en\">Read</D:description>");
    leaf(
        out,
        Privilege::ReadFreeBusy.tag(),
        "See when someone is busy",
    );
    out.raw("</D:supported-privilege>");
    leaf(out, Privilege::ReadAcl.tag(), "See who may do what");
    leaf(
        out,
        Privilege::ReadCurrentUserPrivilegeSet.tag(),
        "See what one may do",
    );
    out.raw("<D:supported-privilege>");
    privilege(out, "D:write");
    out.raw("<D:description xml:lang=\"en\">Write</D:description>");
    leaf(out, Privilege::WriteProperties.tag(), "Change properties");
    leaf(out, Privilege::WriteContent.tag(), "Change entries");
    leaf(out, Privilege::Bind.tag(), "Add entries");
    leaf(out, Privilege::Unbind.tag(), "Remove entries");
    out.raw("</D:supported-privilege></D:supported-privilege>");
    Ok(())
}

fn acl(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    let open = matches!(resource.state, State::Bare | State::Principal(_));
    out.raw("<D:ace><D:principal>");
    if open {
        out.empty("D:authenticated");
    } else {
        href(out, &path::principal(&resource.user));
    }
    out.raw("</D:principal><D:grant>");
    if open {
        list(out, privilege::Privileges::LOOKING);
    } else {
        privilege(out, "D:all");
    }
    out.raw("</D:grant><D:protected/></D:ace>");
    Ok(())
}

fn acl_restrictions(
    _: Scope<'_>,
    _: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    out.raw("<D:grant-only/><D:no-invert/>");
    Ok(())
}
