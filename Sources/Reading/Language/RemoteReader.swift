import Foundation
import Models

/// Which of the two OpenAI-compatible interfaces a service is asked by.
package enum RemoteAPI: String, Sendable, CaseIterable {
  /// Goes on with the prompt as it stands.
  case completions
  /// Takes the prompt for one message of a user and puts the service's own template around it.
  case chat
}

/// A language model behind an OpenAI-compatible address, and how it is asked.
package struct RemoteReader: Sendable {
  package let address: ServiceAddress
  /// As the service calls it; nil takes the only one that it has.
  package var model: String?
  /// Nil tries completions, and chat where the service has no completions for this model: Firn's
  /// templates are whole prompts, and completions are what tells most of each token.
  package var api: RemoteAPI?
  package var key: AccessKey?
  /// Requests that are under way at once.
  package var concurrency = 8
  /// For one try of one request.
  package var timeLimit = Duration.seconds(120)
  package var retries = RetryPolicy()
  /// The model's own tokenizer, where it is at hand.
  package var tokenizer: (any Tokenizer)?

  /// The environment variable with the key.
  package static let keyVariable = "FIRN_API_KEY"

  /// - Parameter address: such as `https://host/v1`.
  /// - Throws: `RemoteError` for an address or a key that cannot be one.
  package init(
    address: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(RemoteError) {
    self.address = try ServiceAddress(address)
    key = try AccessKey(variable: Self.keyVariable, environment: environment)
  }
}
