/// How many tokens a text will be to a tokenizer that is not at hand.
enum RemoteTokens {
  /// Room for the template that a service puts around a message, with a system message of its own.
  static let chatFrame = 64

  /// An estimate that rather says too many: three letters to a token in each run of ASCII letters,
  /// one ASCII digit or sign, one byte of any other character. Spaces between words count nothing,
  /// as tokenizers join them to the word.
  static func estimate(_ text: String) -> Int {
    // What stands before and after a text.
    var tokens = 8
    var letters = 0
    var last: UInt8 = 0
    for byte in text.utf8 {
      let isLetter = UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20 && byte < 0x80
      if isLetter {
        if letters % 3 == 0 { tokens += 1 }
        letters += 1
      } else {
        letters = 0
        if byte != UInt8(ascii: " ") || last == byte { tokens += 1 }
      }
      last = byte
    }
    return tokens
  }
}
