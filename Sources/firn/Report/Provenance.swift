/// How the numbers of one experiment were made, so that they can be made again.
struct Provenance {
  let file: ResultsFile

  var markup: Markup {
    let inputs: [Markup] = file.inputs.map { input in
      """
      <tr><th scope="row"><bdi>\(input.role)</bdi></th><td><bdi>\(input.path)</bdi></td>\
      <td class="hash">\(input.sha256)</td></tr>
      """
    }
    let commands: [Markup] = file.cells.map { cell in
      "<dt><bdi>\(cell.name)</bdi></dt><dd><code>\(cell.command)</code></dd>"
    }
    return """
      <h3><bdi>\(file.name)</bdi></h3>
      <dl class="facts"><dt>Command</dt><dd><code>\(file.command)</code></dd>
      <dt>Tool</dt><dd>firn \(file.version)</dd>
      <dt>Machine</dt><dd>\(file.machine.joined(separator: " · "))</dd></dl>
      <details><summary>Inputs and their SHA-256</summary>
      <div class="scroll" role="region" aria-label="Inputs of \(file.name)" tabindex="0">
      <table class="plain"><thead><tr><th scope="col">Role</th><th scope="col">File</th>\
      <th scope="col">SHA-256</th></tr></thead><tbody>\(inputs)</tbody></table></div></details>
      <details><summary>Commands of the systems</summary>
      <dl class="commands">\(commands)</dl></details>
      """
  }
}
