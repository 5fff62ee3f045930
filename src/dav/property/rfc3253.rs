//! Versioning's two lists that WebDAV servers answer (RFC 3253 section 3.1).

use super::{Missing, Property, Scope, live};
use crate::dav::resource::{On, Resource};
use crate::dav::{method, report};
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
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    for report in report::on(resource.on) {
        out.raw("<D:supported-report><D:report>");
        out.empty(report.tag);
        out.raw("</D:report></D:supported-report>");
    }
    Ok(())
}

fn supported_method_set(
    _: Scope<'_>,
    resource: &Resource<'_>,
    _: &Element,
    out: &mut Writer,
) -> Result<(), Missing> {
    for method in method::on(resource.on) {
        out.raw("<D:supported-method name=\"");
        out.raw(method.name);
        out.raw("\"/>");
    }
    Ok(())
}
