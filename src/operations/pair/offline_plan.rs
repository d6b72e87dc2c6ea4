//! Clusters as their caller has read them: plans without a request.

use super::cluster_peerings::ListedPeering;
use crate::decide::plan::{self, Conflict, Plan};
use crate::decide::side::{Listed as _, Side};
use crate::host::HostValue;
use crate::host::data::Data;
use crate::rules::identity::Identity;
use crate::rules::spec::TokenSpec;

/// One cluster, and what is requested for its side of a pair.
pub struct ClusterSnapshot {
    request: TokenSpec,
    identity: Identity,
    peerings: Vec<ListedPeering<Data>>,
}

impl ClusterSnapshot {
    /// `list`: the response of `GET /v1/peerings`. None if something in it is not a peering.
    pub fn read(request: TokenSpec, identity: Identity, list: &Data) -> Option<Self> {
        let peerings = list.items()?.into_iter().map(ListedPeering::read).collect::<Option<_>>()?;
        Some(Self { request, identity, peerings })
    }

    fn existing(&self) -> Option<&ListedPeering<Data>> {
        self.peerings.iter().find(|listed| listed.peering.name == *self.request.peer_name)
    }

    fn to_side(&self, other: &Self) -> Side {
        let side = Side {
            name: self.request.peer_name.to_string(),
            identity: self.identity.clone(),
            meta: self.request.meta.clone(),
            addresses_named: self.request.server_external_addresses.is_some(),
            ..self.existing().map(|listed| listed.side()).unwrap_or_default()
        };
        side.with_peerings_of(&self.peerings, &other.identity, other.existing().map(|listed| &listed.peering))
    }
}

/// The steps that link both, as [`plan`](plan::plan) finds them.
pub fn plan(acceptor: &ClusterSnapshot, dialer: &ClusterSnapshot) -> Result<Plan, Conflict> {
    plan::plan(&acceptor.to_side(dialer), &dialer.to_side(acceptor))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consul::code::Code;
    use crate::consul::peering::Role;
    use crate::decide::plan::{NoteCode, StepReason};
    use crate::rules::spec;
    use crate::rules::value::Value;

    fn snapshot(at: &str, request: &[(&str, Value)], list: &str) -> Option<ClusterSnapshot> {
        let request = spec::token(&Data::object(request.iter().cloned())).spec.unwrap();
        let identity = Identity { datacenter: Some(at.into()), trust_domain: Some(format!("{at}.consul")) };
        ClusterSnapshot::read(request, identity, &Data::parse(list).unwrap())
    }

    /// The list of a cluster with one peering.
    fn list(name: &str, id: &str, peer: &str, server: &str) -> String {
        let other = format!(r#""PeerID":"{peer}","PeerServerName":"{server}""#);
        format!(
            r#"[{{"ID":"{id}","Name":"{name}","State":"ACTIVE","Meta":{{}},{other},"CreateIndex":1,"ModifyIndex":2}}]"#
        )
    }

    #[test]
    fn plans_from_lists_what_connect_would_do() {
        let named = |name: &str| vec![("peer_name", Value::from(name))];
        let [us, eu] = [snapshot("us", &named("eu"), "[]"), snapshot("eu", &named("us"), "[]")].map(Option::unwrap);
        assert_eq!((us.to_side(&eu).name, eu.to_side(&us).name), ("eu".into(), "us".into()));
        let planned = plan(&us, &eu).unwrap();
        let steps: Vec<_> = planned.steps.iter().map(|step| (step.on, step.code)).collect();
        assert_eq!(steps, [(Role::Acceptor, StepReason::NoPeering), (Role::Dialer, StepReason::NewToken)]);
        assert_eq!(plan(&us, &us).unwrap_err().refusal.code, Code::SameCluster);

        let accepting = list("eu", "1", "", "");
        let dialing = list("us", "2", "1", "server.us.peering.us.consul");
        let [us, eu] =
            [snapshot("us", &named("eu"), &accepting), snapshot("eu", &named("us"), &dialing)].map(Option::unwrap);
        let planned = plan(&us, &eu).unwrap();
        assert!(planned.linked && planned.steps.is_empty() && planned.notes.is_empty());

        let with_meta = |name: &str| {
            let mut request = named(name);
            request.push(("meta", Data::read_json(r#"{"team":"net"}"#).unwrap()));
            request
        };
        let [changed_us, changed_eu] =
            [snapshot("us", &with_meta("eu"), &accepting), snapshot("eu", &with_meta("us"), &dialing)]
                .map(Option::unwrap);
        let noted = plan(&changed_us, &eu).unwrap().notes;
        assert!(noted.iter().all(|note| note.code == NoteCode::AcceptorMetaKept) && noted.len() == 1);
        assert!(noted[0].text.contains("\"eu\""), "{noted:?}");
        let refused = plan(&us, &changed_eu).unwrap_err().refusal;
        assert_eq!(refused.code, Code::ExternalAddressesUnknown);

        let mut request = named("eu");
        request.push(("server_external_addresses", Data::read_json("[]").unwrap()));
        let us = snapshot("us", &request, &accepting).unwrap();
        assert_eq!(plan(&us, &changed_eu).unwrap().steps.len(), 2);
    }

    #[test]
    fn a_list_with_something_else_in_it_is_not_read() {
        for list in ["null", "{}", "[1]", r#"[{"Name":"eu"}]"#] {
            assert!(snapshot("us", &[("peer_name", "eu".into())], list).is_none(), "{list}");
        }
    }
}
