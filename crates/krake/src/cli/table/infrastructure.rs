//! Kinds of the group `infrastructure` in tables.

use super::cells::{lines, metrics, or_none, wire_name};
use super::{Column, Shown};
use crate::api::{
    Cloud, CloudSpec, CloudStatus, GlobalCloud, GlobalInfrastructureProvider, ImSpec, InfrastructureProvider,
    InfrastructureProviderSpec, OpenstackAuth, OpenstackPassword, OpenstackSpec,
};

macro_rules! provider {
    ($($kind:ident),*) => {$(
        impl Shown for $kind {
            const LIST: &'static [Column<Self>] = &[
                Column::new("type", |_| "im".to_owned()),
                Column::new("url", |provider| im(&provider.spec).url.clone()),
            ];
            const DETAILS: &'static [Column<Self>] = &[
                Column::new("type", |_| "im".to_owned()),
                Column::new("url", |provider| im(&provider.spec).url.clone()),
                Column::new("username", |provider| or_none(im(&provider.spec).username.as_ref())),
            ];
        }
    )*};
}
provider!(InfrastructureProvider, GlobalInfrastructureProvider);

fn im(spec: &InfrastructureProviderSpec) -> &ImSpec {
    let InfrastructureProviderSpec::Im { im } = spec;
    im
}

macro_rules! cloud {
    ($($kind:ident),*) => {$(
        impl Shown for $kind {
            const LIST: &'static [Column<Self>] = &[
                Column::new("type", |_| "openstack".to_owned()),
                Column::new("state", |cloud| wire_name(cloud.status.state)),
            ];
            const WIDE: &'static [Column<Self>] = &[
                Column::new("url", |cloud| openstack(&cloud.spec).url.clone()),
                Column::new("metrics", |cloud| metrics(&openstack(&cloud.spec).metrics)),
            ];
            const DETAILS: &'static [Column<Self>] = &[
                Column::new("type", |_| "openstack".to_owned()),
                Column::new("url", |cloud| openstack(&cloud.spec).url.clone()),
                Column::new("username", |cloud| password(&cloud.spec).user.username.clone()),
                Column::new("project", |cloud| password(&cloud.spec).project.name.clone()),
                Column::new("domain_name", |cloud| password(&cloud.spec).user.domain_name.clone()),
                Column::new("domain_id", |cloud| password(&cloud.spec).project.domain_id.clone()),
                Column::new("infra_provider", |cloud| infrastructure_provider(&cloud.spec)),
                Column::new("metrics", |cloud| metrics(&openstack(&cloud.spec).metrics)),
                Column::new("state", |cloud| wire_name(cloud.status.state)),
                Column::new("failing_metrics", |cloud| failing(&cloud.status)),
            ];
        }
    )*};
}
cloud!(Cloud, GlobalCloud);

fn openstack(spec: &CloudSpec) -> &OpenstackSpec {
    let CloudSpec::Openstack { openstack } = spec;
    openstack
}

fn password(spec: &CloudSpec) -> &OpenstackPassword {
    let OpenstackAuth::Password { password } = &openstack(spec).auth;
    password
}

fn infrastructure_provider(spec: &CloudSpec) -> String {
    let provider = &openstack(spec).infrastructure_provider;
    let scope = if provider.namespaced { "" } else { " (global)" };
    format!("{}{scope}", provider.name)
}

fn failing(status: &CloudStatus) -> String {
    lines(
        status
            .metrics_reasons
            .iter()
            .map(|(name, reason)| format!("{name}: {}", reason.message)),
    )
}
