extension PromptTemplate {
  /// The templates that come with Firn, by name.
  package static let named: [String: PromptTemplate] = [
    "ralm": ralm, "flan": flan, "instruct": instruct, "chatml": chatML, "llama3": llama3,
    "mistral": mistral,
  ]

  /// Passages first, then questions to be answered line by line.
  ///
  /// - Source: Ram et al. 2023, arXiv:2302.00083, as its authors' code writes it.
  package static let ralm = PromptTemplate(
    several: "{passages}Based on these texts, answer these questions:\n\(ralmQuestions)",
    one: "{passages}Based on this text, answer these questions:\n\(ralmQuestions)",
    none: "Answer these questions:\n\(ralmQuestions)",
    passage: "{title}\n\n{text}\n\n", example: "Q: {question?}\nA: {answer}\n", stops: ["\n"])

  private static let ralmQuestions = "{examples}Q: {question?}\nA:"

  /// The wording that Flan's reading and question answering tasks were trained with.
  ///
  /// - Source: Longpre et al. 2023, arXiv:2301.13688.
  package static let flan = PromptTemplate(
    several: "{examples}Read this and answer the question\n\n{passages}{question?}",
    none: "{examples}Question: {question?}\nAnswer:",
    passage: "{title}\n{text}\n\n", example: "Question: {question?}\nAnswer: {answer}\n\n")

  /// Plain words for models that follow instructions; the chat templates frame it.
  package static let instruct = PromptTemplate(
    several: "\(task)\n\n{examples}\(reading)", none: "\(task)\n\n{examples}\(asking)",
    passage: "[{number}] {title}\n{text}\n\n", example: "\(asking)\nAnswer: {answer}\n\n")

  private static let task =
    "Answer the question in as few words as possible, without a sentence around them."
  private static let reading = "Answer from these passages:\n\n{passages}\(asking)"
  private static let asking = "Question: {question?}"

  /// Qwen's and others' turns.
  package static let chatML = chat(
    system: "<|im_start|>system\n", user: "<|im_start|>user\n",
    assistant: "<|im_start|>assistant\n", end: "<|im_end|>\n")

  /// The turns of Llama 3's instruction models; their tokenizer begins the text itself.
  package static let llama3 = chat(
    system: header("system"), user: header("user"), assistant: header("assistant"),
    end: "<|eot_id|>")

  private static func header(_ role: String) -> String {
    "<|start_header_id|>\(role)<|end_header_id|>\n\n"
  }

  /// The turns of Mistral's instruction models, which have no system of their own.
  package static let mistral = PromptTemplate(
    several: "{examples}[INST] \(task) \(reading)[/INST]",
    none: "{examples}[INST] \(task) \(asking)[/INST]",
    passage: instruct.passage, example: "[INST] \(task) \(asking)[/INST] {answer}</s>")

  private static func chat(
    system: String, user: String, assistant: String, end: String
  ) -> PromptTemplate {
    let opening = "\(system)\(task)\(end){examples}\(user)"
    return PromptTemplate(
      several: "\(opening)\(reading)\(end)\(assistant)",
      none: "\(opening)\(asking)\(end)\(assistant)", passage: instruct.passage,
      example: "\(user)\(asking)\(end)\(assistant){answer}\(end)")
  }
}
