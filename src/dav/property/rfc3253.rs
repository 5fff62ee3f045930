//! Versioning's two lists that WebDAV servers answer (RFC 3253 section 3.1).

use super::{Missing, Property, Scope, live};
use crate::dav::resource::{On, Resource};
use crate::xml::{Element, Writer};

pub const PROPERTIES: &[Property] = &[
    live(
        "D:supported-report-set",
        "RFC 3253 3.1.5",
        On::ANY,
        supported_report_set,
    ),
    live(
        "D:supported-method-set",
        "RFC 3253 3.1.3",
        On::ANY,
        supported_method_set,
    ),
];

fn supported_report_set(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    for report in (scope.site.offers.reports)(resource.on) {
        out.raw("<D:supported-report><D:report>");
        out.empty(report);
        out.raw("</D:report></D:supported-report>");
    }
    Ok(())
}

fn supported_method_set(
    scope: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    for method in (scope.site.offers.methods)(resource.on) {
        out.raw("<D:supported-method name=\"");
        out.raw(method);
        out.raw("\"/>");
    }
    Ok(())
}
