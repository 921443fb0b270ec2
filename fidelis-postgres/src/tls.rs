//! Encrypted connections: whoever answers has to show a certificate for the name we asked for, from somebody we trust.

use std::{io, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    PostgresOptions,
    fault::{Fault, Follows},
};

pub(crate) fn connector(options: &PostgresOptions) -> Result<MakeRustlsConnect, Fault> {
    let wrong = |message: String| Fault::new(Follows::Configuration, message);
    let mut roots = RootCertStore::empty();
    match &options.root_certificates {
        Some(file) => {
            let named = |why: String| wrong(format!("the certificates in `{}` (`sslrootcert`) {why}", file.display()));
            let text = std::fs::read(file).map_err(|error: io::Error| named(format!("cannot be read: {error}")))?;
            for certificate in CertificateDer::pem_slice_iter(&text) {
                let certificate = certificate.map_err(|error| named(format!("are not PEM: {error}")))?;
                roots.add(certificate).map_err(|error| named(format!("cannot be used: {error}")))?;
            }
            if roots.is_empty() {
                return Err(named("are none: a PEM file begins with `-----BEGIN CERTIFICATE-----`".to_owned()));
            }
        }
        None => {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                return Err(wrong("the system trusts no certificates: name a file of them with `sslrootcert`".to_owned()));
            }
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| wrong(format!("TLS cannot be set up: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
