//! A token that a client signs itself (RFC 7523): three parts of base64 with dots between.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD as BASE64, URL_SAFE_NO_PAD as BASE64_URL};
use provisio_model::{Secret, Timestamp};
use ring::rand::{SecureRandom as _, SystemRandom};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256, RsaKeyPair};
use serde_json::json;

/// How long such a token is good.
const LIFETIME_SECONDS: i64 = 300;

/// Why a key cannot sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is not PEM with a private key.
    #[error("the private key is not PEM")]
    NotPem,
    /// It is of another kind than those that can sign.
    #[error("the private key is neither RSA of 2048 bits or more nor elliptic on P-256, or it is encrypted")]
    Kind,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Random,
}

/// A private key that signs.
pub(super) struct SigningKey {
    pair: Pair,
    key_id: Option<String>,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    P256(Box<EcdsaKeyPair>),
}

impl SigningKey {
    pub(super) fn read(pem: &Secret, key_id: Option<String>) -> Result<Self, KeyError> {
        let der = der(pem.expose()).ok_or(KeyError::NotPem)?;
        let rsa = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
        let pair = match rsa {
            Ok(pair) => Pair::Rsa(Box::new(pair)),
            Err(_) => {
                let random = SystemRandom::new();
                let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der, &random);
                Pair::P256(Box::new(pair.map_err(|_| KeyError::Kind)?))
            }
        };
        Ok(Self { pair, key_id })
    }

    /// Makes a token for an endpoint.
    pub(super) fn assertion(&self, client: &str, audience: &str, now: Timestamp) -> Result<Secret, KeyError> {
        let random = SystemRandom::new();
        let mut id = [0; 16];
        random.fill(&mut id).map_err(|_| KeyError::Random)?;
        let algorithm = match self.pair {
            Pair::Rsa(_) => "RS256",
            Pair::P256(_) => "ES256",
        };
        let mut header = json!({"alg": algorithm, "typ": "JWT"});
        if let Some(key_id) = &self.key_id {
            header["kid"] = json!(key_id);
        }
        let claims = json!({
            "iss": client,
            "sub": client,
            "aud": audience,
            "jti": BASE64_URL.encode(id),
            "iat": now.second(),
            "exp": now.second() + LIFETIME_SECONDS,
        });
        let part = |json: &serde_json::Value| BASE64_URL.encode(json.to_string());
        let message = format!("{}.{}", part(&header), part(&claims));
        let signature = match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &random, message.as_bytes(), &mut signature)
                    .map_err(|_| KeyError::Kind)?;
                signature
            }
            Pair::P256(pair) => {
                pair.sign(&random, message.as_bytes()).map_err(|_| KeyError::Random)?.as_ref().to_vec()
            }
        };
        Ok(Secret::new(format!("{message}.{}", BASE64_URL.encode(signature))))
    }
}

/// The bytes of the first private key of PEM text.
fn der(pem: &str) -> Option<Vec<u8>> {
    let begin = pem.split_once("-----BEGIN ")?.1;
    let (label, rest) = begin.split_once("-----")?;
    if !label.ends_with("PRIVATE KEY") {
        // Such as a certificate, or the parameters of the curve, in front.
        let end = rest.split_once("-----END ")?.1;
        return der(end.split_once("-----")?.1);
    }
    let body = rest.split_once("-----END ")?.0;
    let body: String = body.chars().filter(|it| !it.is_whitespace()).collect();
    BASE64.decode(body).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, KeyPair as _, UnparsedPublicKey};

    #[test]
    fn a_token_is_signed_by_its_key() {
        let random = SystemRandom::new();
        let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let pem = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n",
            BASE64.encode(der.as_ref())
        );
        let key = SigningKey::read(&Secret::new(pem), Some("k1".to_owned())).expect("a key");
        let token = key.assertion("client", "https://login.example/token", Timestamp::from_second(1_000));
        let token = token.expect("a token");
        let parts: Vec<&str> = token.expose().split('.').collect();
        let [header, claims, signature] = parts[..] else { panic!("three parts") };
        let read = |part: &str| -> serde_json::Value {
            serde_json::from_slice(&BASE64_URL.decode(part).expect("base64")).expect("JSON")
        };
        assert_eq!(read(header), json!({"alg": "ES256", "kid": "k1", "typ": "JWT"}));
        let claims_read = read(claims);
        assert_eq!((&claims_read["sub"], &claims_read["exp"]), (&json!("client"), &json!(1_300)));
        let Pair::P256(pair) = &key.pair else { panic!("elliptic") };
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, pair.public_key().as_ref());
        let signature = BASE64_URL.decode(signature).expect("base64");
        public.verify(format!("{header}.{claims}").as_bytes(), &signature).expect("the signature is good");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let read = |text: &str| SigningKey::read(&Secret::new(text), None).map(drop);
        assert_eq!(read("secret"), Err(KeyError::NotPem));
        assert_eq!(read("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"), Err(KeyError::Kind));
        assert_eq!(
            read("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----"),
            Err(KeyError::NotPem)
        );
    }
}
