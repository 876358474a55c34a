// Asks a server by the clients that openapi-generator makes for Java.
import com.fasterxml.jackson.databind.ObjectMapper;
import iris.model.IrisBounds;
import iris.model.IrisLabelValue;
import iris.model.IrisRangeQuery;
import iris.model.IrisStatsMeanQuery;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import wells.model.WellsBounds;
import wells.model.WellsRangeQuery;
import wells.model.WellsRingsValue;
import wells.model.WellsStatsMeanQuery;

public class Ask {
  static String text(Object... values) {
    return Stream.of(values).map(String::valueOf).collect(Collectors.joining(" "));
  }

  static String code(String body) throws Exception {
    return new ObjectMapper().readTree(body).get("errors").get(0).get("code").asText();
  }

  static LinkedHashSet<WellsRingsValue> rings(WellsRingsValue... values) {
    return new LinkedHashSet<>(Arrays.asList(values));
  }

  public static void main(String[] args) throws Exception {
    var connection = new iris.ApiClient();
    connection.updateBaseUri(args[0]);
    var i = new iris.api.IrisApi(connection);
    var rows = i.irisRange(null, null, null, null, null, new IrisRangeQuery().addSpeciesItem(IrisLabelValue.SETOSA)
        .lower(new IrisBounds().sepalLength(5.0).sepalWidth(3.0)).upper(new IrisBounds().sepalLength(5.1)));
    var r = rows.get(0);
    System.out.println("iris range " + rows.size() + ": "
        + text(r.getSepalLength(), r.getSepalWidth(), r.getPetalLength(), r.getPetalWidth(), r.getLabel()));
    for (var m : i.irisStatsMean(null, null, null, null, null, new IrisStatsMeanQuery().addSpeciesItem(IrisLabelValue.SETOSA))) {
      System.out.println("iris mean: " + text(m.getLabel(), m.getMeanSepalLength()));
    }
    try {
      i.irisRange(null, null, null, null, null, new IrisRangeQuery().lower(new IrisBounds().sepalLength(6.0)).upper(new IrisBounds().sepalLength(5.0)));
    } catch (iris.ApiException e) {
      System.out.println("iris refused: " + e.getCode() + " " + code(e.getResponseBody()));
    }

    var other = new wells.ApiClient();
    other.updateBaseUri(args[0]);
    var w = new wells.api.WellsApi(other);
    for (var row : w.wellsRange(null, null, null, null, null, new WellsRangeQuery().rings(rings(null, WellsRingsValue.NUMBER_8)))) {
      System.out.println("wells range: " + text(row.getId(), row.getSite().getDepth(), row.getSite().getBasin(), row.getDug(),
          row.getSeen() == null ? null : row.getSeen().toInstant(), row.getDry(), row.getRings(), row.getNote()));
    }
    for (var m : w.wellsStatsMean(null, null, null, null, null, new WellsStatsMeanQuery().rings(rings(WellsRingsValue.NUMBER_4, WellsRingsValue.NUMBER_8)))) {
      System.out.println("wells mean: " + text(m.getRings(), m.getMeanSite().getDepth()));
    }
    try {
      w.wellsRange(null, null, null, null, null, new WellsRangeQuery().lower(new WellsBounds().id(2.0)).upper(new WellsBounds().id(1.0)));
    } catch (wells.ApiException e) {
      System.out.println("wells refused: " + e.getCode() + " " + code(e.getResponseBody()));
    }
  }
}
