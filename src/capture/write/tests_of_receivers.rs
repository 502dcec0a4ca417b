//! Tests of a receiver: each sends the bytes and the signature of a delivery to the URL in WEBHOOK_URL, and expects a 2xx.

use std::fmt::Write;

use crate::webhook::record::DeliveryRecord;

use super::fetch::options;
use super::{python, python_bytes, python_string};

const ABOUT: &str = "Each delivery has the signature that it was sent with: a receiver that checks its age may reject it.";

/// A file of tests for pytest, with Requests.
pub fn pytest(deliveries: &[DeliveryRecord]) -> Vec<u8> {
    let mut out = format!(
        "# Run: WEBHOOK_URL=http://localhost:3000/webhook pytest FILE\n# {ABOUT}\nimport os\n\nimport requests\n\nURL = os.environ[\"WEBHOOK_URL\"]\n"
    );
    for record in deliveries {
        let delivery = &record.delivery;
        let _ = write!(
            out,
            "\n\ndef test_delivery_{}_is_accepted():\n    headers = {}\n    body = {}\n    response = requests.request({}, URL, headers=headers, data=body, allow_redirects=False, timeout=30)\n    assert 200 <= response.status_code < 300, response.text\n",
            record.id,
            python::headers(delivery, "    "),
            python_bytes(&delivery.body),
            python_string(&delivery.method),
        );
    }
    out.into_bytes()
}

/// A file of tests for Vitest.
///
/// # Errors
/// When `fetch` cannot send a delivery; as a clause.
pub fn vitest(deliveries: &[DeliveryRecord]) -> Result<Vec<u8>, String> {
    let mut out = format!(
        "// Run: WEBHOOK_URL=http://localhost:3000/webhook npx vitest run FILE\n// {ABOUT}\nimport {{ expect, test }} from \"vitest\";\n\nconst url = process.env.WEBHOOK_URL;\n"
    );
    for record in deliveries {
        let options =
            options(&record.delivery).map_err(|why| format!("delivery {}: {why}", record.id))?;
        let options =
            options.replace("\n}", ",\n  \"redirect\": \"manual\"\n}").replace('\n', "\n  ");
        let _ = write!(
            out,
            "\ntest(\"delivery {} is accepted\", async () => {{\n  const response = await fetch(url, {options});\n  const text = await response.text();\n  expect(response.status, text).toBeGreaterThanOrEqual(200);\n  expect(response.status, text).toBeLessThan(300);\n}});\n",
            record.id
        );
    }
    Ok(out.into_bytes())
}
