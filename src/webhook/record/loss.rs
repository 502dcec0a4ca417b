//! What a capture does not keep of a delivery: the tool that wrote it changed or left out something.

/// One thing that a capture does not keep of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loss {
    /// The body was parsed as JSON and written again.
    BodyReserialized,
    /// The body was kept as a list of form fields and is encoded again.
    BodyFormFields,
    /// The body holds U+FFFD: the tool puts it in place of bytes that are not UTF-8.
    BodyReplacementCharacters,
    /// The line ends of the body are not those that were sent.
    BodyLineEnds,
    /// The command drops the line ends of a file that it reads the body from.
    BodyLineEndsDropped,
    /// The command is quoted for Windows, which would read other bytes than the browser that wrote it means.
    BodyCommandPrompt,
    /// The bytes of the body were shown as characters of Latin-1.
    BodyLatin1,
    /// The content coding was undone: the body that was sent is compressed.
    BodyDecompressed,
    /// The body has another length than the header says.
    BodyLength,
    /// The case or the order of header names, or the place of duplicates.
    HeaderNames,
    /// Some headers, or all of them.
    Headers,
    /// The URL of the request, or a part of it.
    Target,
    /// The query was decoded and is encoded again.
    Query,
    /// The request method.
    Method,
}

impl Loss {
    /// A short name that never changes.
    pub fn code(self) -> &'static str {
        match self {
            Self::BodyReserialized => "body.reserialized",
            Self::BodyFormFields => "body.form_fields",
            Self::BodyReplacementCharacters => "body.replacement_characters",
            Self::BodyLineEnds => "body.line_ends",
            Self::BodyLineEndsDropped => "body.line_ends_dropped",
            Self::BodyCommandPrompt => "body.command_prompt",
            Self::BodyLatin1 => "body.latin1",
            Self::BodyDecompressed => "body.decompressed",
            Self::BodyLength => "body.length",
            Self::HeaderNames => "headers.names",
            Self::Headers => "headers.missing",
            Self::Target => "target",
            Self::Query => "target.query",
            Self::Method => "method",
        }
    }

    /// What is lost, in a sentence that starts after "the capture".
    pub fn clause(self) -> &'static str {
        match self {
            Self::BodyReserialized => {
                "holds the body as parsed JSON, not its bytes: it is written again, and a signature over the bytes may not match"
            }
            Self::BodyFormFields => {
                "holds the body as a list of form fields, not its bytes: it is encoded again, and a signature over the bytes may not match"
            }
            Self::BodyReplacementCharacters => {
                "holds U+FFFD in the body, which tools put in place of bytes that are not UTF-8: a signature over the bytes may not match"
            }
            Self::BodyLineEnds => {
                "does not keep the line ends of the body: a signature over the bytes may not match"
            }
            Self::BodyLineEndsDropped => {
                "sends a file with -d, which drops its line ends: use --data-binary to send the bytes of the file"
            }
            Self::BodyCommandPrompt => {
                "is a command for the command prompt of Windows with carets or backslashes that Windows keeps: it is read as the browser means it, and a signature over the bytes may not match"
            }
            Self::BodyLatin1 => {
                "holds the body as Latin-1 text; its bytes are restored, and their number is that of Content-Length"
            }
            Self::BodyDecompressed => {
                "holds the body decompressed: a signature over the compressed bytes does not match"
            }
            Self::BodyLength => {
                "holds a body of another length than its Content-Length says: it was changed or cut off"
            }
            Self::HeaderNames => "does not keep the case and the order of header names",
            Self::Headers => "does not keep all headers",
            Self::Target => "does not keep the whole URL of the request",
            Self::Query => "holds the query decoded: it is encoded again",
            Self::Method => "does not keep the method of the request: POST is used",
        }
    }

    /// Whether the bytes of the body are not known.
    pub fn is_of_body(self) -> bool {
        self < Self::HeaderNames
    }
}
