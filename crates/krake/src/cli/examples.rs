//! An example for the help of every subcommand. In this order they are one story; a test runs it against a
//! real server, from the root of the repository.

use clap::Command;
use common::ui;

/// Path of a subcommand below the tool's name, and its example.
const EXAMPLES: &[(&str, &str)] = &[
    (
        "serve",
        "krake serve --listen 127.0.0.1:8080 --data-dir krake-data",
    ),
    (
        "bootstrap",
        "krake bootstrap --force examples/krake/roles.yaml examples/krake/metrics.yaml",
    ),
    (
        "core globalmetricsprovider create",
        "krake core gmp create grid --type prometheus --url http://127.0.0.1:9090",
    ),
    ("core globalmetricsprovider list", "krake core gmp list"),
    (
        "core globalmetricsprovider get",
        "krake core gmp get grid -o yaml",
    ),
    (
        "core globalmetricsprovider update",
        "krake core gmp update grid --url http://127.0.0.1:9091",
    ),
    (
        "core globalmetric create",
        "krake core gm create wind --gmp-name grid --min 0 --max 1",
    ),
    ("core globalmetric list", "krake core gm list"),
    ("core globalmetric get", "krake core gm get wind"),
    (
        "core globalmetric update",
        "krake core gm update wind --metric-name wind_share --max 100",
    ),
    (
        "core metricsprovider create",
        "krake core mp create local --type static -m heat_demand 0.6 -m price 0.2",
    ),
    ("core metricsprovider list", "krake core mp list --all"),
    ("core metricsprovider get", "krake core mp get local"),
    (
        "core metricsprovider update",
        "krake core mp update local -m heat_demand 0.9 -m price 0.2",
    ),
    (
        "core metric create",
        "krake core metric create heat_demand --mp-name local --min 0 --max 5 --allowed-values 0 1 4 5",
    ),
    ("core metric list", "krake core metric list -o wide"),
    ("core metric get", "krake core metric get heat_demand -o json"),
    (
        "core metric update",
        "krake core metric update heat_demand --max 10",
    ),
    (
        "core role create",
        "krake core role create reader --rule-api kubernetes --rule-namespace testing --verb list --verb get",
    ),
    ("core role list", "krake core role list"),
    ("core role get", "krake core role get reader"),
    (
        "core role update",
        "krake core role update reader --rule-api core --resource metrics --verb list",
    ),
    (
        "core rolebinding create",
        "krake core rolebinding create readers --user alice --role reader",
    ),
    ("core rolebinding list", "krake core rolebinding list"),
    ("core rolebinding get", "krake core rolebinding get readers"),
    (
        "core rolebinding update",
        "krake core rolebinding update readers --user bob",
    ),
    (
        "infrastructure globalinfrastructureprovider create",
        "krake infra gprovider register everywhere --type im --url http://127.0.0.1:8800 --token secret",
    ),
    (
        "infrastructure globalinfrastructureprovider list",
        "krake infra gprovider list",
    ),
    (
        "infrastructure globalinfrastructureprovider get",
        "krake infra gprovider get everywhere",
    ),
    (
        "infrastructure globalinfrastructureprovider update",
        "krake infra gprovider update everywhere --url http://127.0.0.1:8801",
    ),
    (
        "infrastructure infrastructureprovider create",
        "krake infra provider register here --type im --url http://127.0.0.1:8800 --username im --password secret",
    ),
    (
        "infrastructure infrastructureprovider list",
        "krake infra provider list",
    ),
    (
        "infrastructure infrastructureprovider get",
        "krake infra provider get here",
    ),
    (
        "infrastructure infrastructureprovider update",
        "krake infra provider update here --token other",
    ),
    (
        "infrastructure globalcloud create",
        "krake infra gcloud register north --type openstack --url http://127.0.0.1:5000/v3 --username krake \
         --password secret --project green --global-infra-provider everywhere --global-metric wind 0.5",
    ),
    ("infrastructure globalcloud list", "krake infra gcloud list"),
    ("infrastructure globalcloud get", "krake infra gcloud get north"),
    (
        "infrastructure globalcloud update",
        "krake infra gcloud update north -l location=NO",
    ),
    (
        "infrastructure cloud create",
        "krake infra cloud register south --type openstack --url http://127.0.0.1:5000/v3 --username krake \
         --password secret --project warm --infra-provider here -l location=IT --metric heat_demand 1",
    ),
    ("infrastructure cloud list", "krake infra cloud list"),
    ("infrastructure cloud get", "krake infra cloud get south"),
    (
        "infrastructure cloud update",
        "krake infra cloud update south --project cold",
    ),
    (
        "openstack project create",
        "krake os project create lab --template 728f024e-8a88-4971-b79f-151da2f5c363 \
         --auth-url http://127.0.0.1:5000/v3 --application-credential 7f6a secret",
    ),
    ("openstack project list", "krake os project list"),
    ("openstack project get", "krake os project get lab"),
    (
        "openstack project update",
        "krake os project update lab -l location=DE",
    ),
    (
        "openstack cluster create",
        "krake os cluster create magnum --node-count 3 --master-count 1 -L 'location is DE'",
    ),
    ("openstack cluster list", "krake os cluster list"),
    ("openstack cluster get", "krake os cluster get magnum"),
    (
        "openstack cluster update",
        "krake os cluster update magnum --node-count 5",
    ),
    (
        "kubernetes cluster register",
        "krake kube cluster register -k examples/krake/kubeconfig.yaml -l location=DE --global-metric wind 1.0",
    ),
    (
        "kubernetes cluster create",
        "krake kube cluster create created -f examples/krake/cluster-tosca.yaml -L 'location is DE'",
    ),
    ("kubernetes cluster list", "krake kube cluster list -o wide"),
    ("kubernetes cluster get", "krake kube cluster get example"),
    (
        "kubernetes cluster update",
        "krake kube cluster update example -l tier=test --metric heat_demand 0.5",
    ),
    (
        "kubernetes application create",
        "krake kube app create echo -f examples/krake/echo.yaml -L 'location is NO'",
    ),
    ("kubernetes application list", "krake kube app list --all"),
    ("kubernetes application get", "krake kube app get echo -o yaml"),
    (
        "kubernetes application update",
        "krake kube app update echo -L 'location in (SE, NO)' -M 'wind > 0.5'",
    ),
    ("kubernetes application events", "krake kube app events echo"),
    ("kubernetes application retry", "krake kube app retry echo"),
    ("explain app", "krake explain app echo"),
    ("watch", "krake watch application cluster"),
    (
        "kubernetes application delete",
        "krake kube app delete echo --wait",
    ),
    (
        "kubernetes cluster delete",
        "krake kube cluster delete example --force",
    ),
    ("openstack cluster delete", "krake os cluster delete magnum"),
    ("openstack project delete", "krake os project delete lab"),
    ("infrastructure cloud delete", "krake infra cloud delete south"),
    (
        "infrastructure globalcloud delete",
        "krake infra gcloud delete north",
    ),
    (
        "infrastructure infrastructureprovider delete",
        "krake infra provider delete here",
    ),
    (
        "infrastructure globalinfrastructureprovider delete",
        "krake infra gprovider delete everywhere",
    ),
    ("core rolebinding delete", "krake core rolebinding delete readers"),
    ("core role delete", "krake core role delete reader"),
    ("core metric delete", "krake core metric delete heat_demand"),
    ("core metricsprovider delete", "krake core mp delete local"),
    ("core globalmetric delete", "krake core gm delete wind"),
    ("core globalmetricsprovider delete", "krake core gmp delete grid"),
    ("config show", "krake config show server --origin"),
    ("config schema", "krake config schema server"),
    ("reference", "krake reference --output reference"),
    ("completions", "krake completions bash"),
    ("version", "krake version -o json"),
];

/// The first steps, for the help of the tool itself.
const FIRST_STEPS: &str = "First steps:
  krake serve
  krake kube cluster register -k ~/.kube/config -l location=DE
  krake kube app create echo -f examples/krake/echo.yaml -L 'location is DE' --wait
  krake explain app echo";

/// All examples, in the order of the story.
pub fn story() -> impl Iterator<Item = &'static str> {
    EXAMPLES.iter().map(|(_, example)| *example)
}

/// Adds the examples to a parser.
pub fn with_examples(command: Command) -> Command {
    ui::with_examples(command.after_help(FIRST_STEPS), EXAMPLES)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_that_does_something_has_an_example_and_every_example_a_command() {
        let mut examples: Vec<&str> = EXAMPLES.iter().map(|(path, _)| *path).collect();
        examples.sort_unstable();
        assert_eq!(ui::command_paths(&crate::cli::command()), examples);
    }
}
