// BM25 with Lucene, for `Benchmarks bm25` and `Benchmarks build`:
//
//   java -Xmx4g -cp ANSERINI.jar Lucene.java CORPUS QUESTIONS TOP THREADS
//   java -Xmx2g -cp ANSERINI.jar Lucene.java build CORPUS FOLDER THREADS
//
// The jar is Anserini's, out of the Python package index: jars/ within pyserini's source package. k1
// 0.9 and b 0.4 as Firn; lengths are rounded to a byte. For searches the index is built beside the
// corpus unless it is there, and merged into one segment, which is what answers fastest. A build by
// itself leaves the segments that it has, and prints JSON: build_s, cpu_s, bytes and peak_bytes.
import com.fasterxml.jackson.databind.*;
import java.io.*;
import java.lang.management.ManagementFactory;
import java.nio.file.*;
import java.util.*;
import java.util.concurrent.*;
import org.apache.lucene.analysis.en.EnglishAnalyzer;
import org.apache.lucene.document.*;
import org.apache.lucene.index.*;
import org.apache.lucene.search.*;
import org.apache.lucene.search.similarities.BM25Similarity;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.util.QueryBuilder;

public class Lucene {
  static final EnglishAnalyzer analyzer = new EnglishAnalyzer();
  static final BM25Similarity bm25 = new BM25Similarity(0.9f, 0.4f);
  static final ObjectMapper json = new ObjectMapper();
  static IndexSearcher searcher;
  static int top;

  static void build(String corpus, Path folder, int threads, boolean merge) throws Exception {
    var config = new IndexWriterConfig(analyzer).setSimilarity(bm25).setRAMBufferSizeMB(512);
    var type = new FieldType(TextField.TYPE_NOT_STORED);
    type.setIndexOptions(IndexOptions.DOCS_AND_FREQS);
    try (var writer = new IndexWriter(FSDirectory.open(folder), config);
        var lines = Files.newBufferedReader(Path.of(corpus))) {
      // One thread reads and all of them analyse: Lucene numbers documents as they come in.
      var pool = Executors.newFixedThreadPool(threads);
      var room = new Semaphore(10_000);
      long row = 0;
      for (String line; (line = lines.readLine()) != null; row++) {
        String text = line;
        long number = row;
        room.acquire();
        pool.submit(() -> {
          var document = new Document();
          document.add(new Field("text", json.readTree(text).get("text").asText(), type));
          document.add(new NumericDocValuesField("row", number));
          writer.addDocument(document);
          room.release();
          return null;
        });
      }
      pool.shutdown();
      pool.awaitTermination(1, TimeUnit.DAYS);
      if (merge) writer.forceMerge(1);
    }
  }

  static void timeBuild(String corpus, Path folder, int threads) throws Exception {
    double start = System.nanoTime(), used = processorTime();
    build(corpus, folder, threads, false);
    double seconds = (System.nanoTime() - start) / 1e9;
    used = processorTime() - used;
    long bytes = 0;
    try (var files = Files.list(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) bytes += Files.size(file);
    }
    String peak = Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM:")).findFirst().get().replaceAll("\\D", "");
    System.out.printf(Locale.ROOT,
        "{\"build_s\":%f,\"cpu_s\":%f,\"bytes\":%d,\"peak_bytes\":%s}%n",
        seconds, used, bytes, Long.parseLong(peak) * 1024);
  }

  static void open(Path folder) throws Exception {
    searcher = new IndexSearcher(DirectoryReader.open(FSDirectory.open(folder)));
    searcher.setSimilarity(bm25);
    searcher.setQueryCache(null);  // the same questions come again
  }

  static long[] search(String question) throws Exception {
    Query query = new QueryBuilder(analyzer).createBooleanQuery("text", question);
    if (query == null) return new long[0];
    ScoreDoc[] hits = searcher.search(query, top).scoreDocs;
    var leaves = searcher.getIndexReader().leaves();
    var rows = new long[hits.length];
    for (int i = 0; i < hits.length; i++) {
      var leaf = leaves.get(ReaderUtil.subIndex(hits[i].doc, leaves));
      var values = leaf.reader().getNumericDocValues("row");
      values.advanceExact(hits[i].doc - leaf.docBase);
      rows[i] = values.longValue();
    }
    return rows;
  }

  static double processorTime() {
    var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime() / 1e9;
  }

  public static void main(String[] arguments) throws Exception {
    if (arguments[0].equals("build")) {
      timeBuild(arguments[1], Path.of(arguments[2]), Integer.parseInt(arguments[3]));
      return;
    }
    top = Integer.parseInt(arguments[2]);
    int threads = Integer.parseInt(arguments[3]);
    Path folder = Path.of(arguments[0].replaceAll("\\.jsonl$", "") + ".lucene");
    if (!Files.exists(folder)) {
      double start = System.nanoTime(), used = processorTime();
      build(arguments[0], folder, threads, true);
      System.err.printf("built in %.1f s, %.1f s of processor time%n",
          (System.nanoTime() - start) / 1e9, processorTime() - used);
    }
    var questions = new ArrayList<String>();
    for (String line : Files.readAllLines(Path.of(arguments[1])))
      questions.add(json.readTree(line).get("question").asText());
    open(folder);
    // The compiler needs many calls before it is done.
    for (long end = System.nanoTime() + 15_000_000_000L; System.nanoTime() < end;)
      for (String question : questions) search(question);
    System.out.println("ready");
    var input = new BufferedReader(new InputStreamReader(System.in));
    for (String line; (line = input.readLine()) != null;) {
      double start = System.nanoTime(), used = processorTime();
      if (line.equals("open")) {
        open(folder);
        search(questions.get(0));
        System.out.println((System.nanoTime() - start) / 1e9);
      } else if (line.startsWith("rank ")) {
        try (var out = new PrintWriter(line.substring(5))) {
          for (String question : questions) {
            var ids = new StringJoiner(" ");
            for (long row : search(question)) ids.add(Long.toString(row));
            out.println(ids);
          }
        }
        System.out.println(1);
      } else if (line.equals("batch")) {
        var pool = Executors.newFixedThreadPool(threads);
        for (String question : questions) pool.submit(() -> search(question));
        pool.shutdown();
        pool.awaitTermination(1, TimeUnit.DAYS);
        System.out.println((System.nanoTime() - start) / 1e9 + " " + (processorTime() - used));
      } else {
        var seconds = new double[questions.size()];
        for (int i = 0; i < seconds.length; i++) {
          double before = System.nanoTime();
          search(questions.get(i));
          seconds[i] = (System.nanoTime() - before) / 1e9;
        }
        double sum = Arrays.stream(seconds).sum();
        Arrays.sort(seconds);
        System.out.println(
            sum + " " + (processorTime() - used) + " " + seconds[seconds.length * 99 / 100]);
      }
    }
  }
}
