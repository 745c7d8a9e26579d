//! Accounts and sign-ins.

mod refresh;
pub(crate) mod secret;
pub(crate) mod session;
mod signin;
mod signout;
mod signup;

use http::Method;

use crate::{
    endpoint::{Answer, BodySpec, Endpoint, Rate},
    error,
    request::fields::{Field, Rule, required},
    schema,
};

const SIGNUP: &[Field] =
    &[required("email", Rule::Email), required("name", Rule::Name), required("password", Rule::Password)];
const SIGNIN: &[Field] = &[required("email", Rule::Email), required("password", Rule::AnyPassword)];
const REFRESH_TOKEN: &[Field] = &[required("refresh_token", Rule::Secret)];

pub(crate) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::new(
            Method::POST,
            "/v1/auth/signup",
            "signUp",
            "Open an account and sign in",
            signup::signup,
        )
        .public(Rate::Signup)
        .body(BodySpec::Json(SIGNUP))
        .answer(201, Answer::Json(&schema::SIGNED_IN))
        .errors(&[error::EMAIL_TAKEN]),
        Endpoint::new(Method::POST, "/v1/auth/signin", "signIn", "Sign in", signin::signin)
            .public(Rate::Signin)
            .body(BodySpec::Json(SIGNIN))
            .answer(200, Answer::Json(&schema::SIGNED_IN))
            .errors(&[error::INVALID_CREDENTIALS]),
        Endpoint::new(
            Method::POST,
            "/v1/auth/refresh",
            "refresh",
            "Exchange a refresh token",
            refresh::refresh,
        )
        .public(Rate::Session)
        .body(BodySpec::Json(REFRESH_TOKEN))
        .answer(200, Answer::Json(&schema::TOKENS))
        .errors(&[error::INVALID_REFRESH_TOKEN]),
        Endpoint::new(Method::POST, "/v1/auth/signout", "signOut", "End the session", signout::signout)
            .public(Rate::Session)
            .body(BodySpec::Json(REFRESH_TOKEN))
            .answer(204, Answer::Empty),
    ]
}
