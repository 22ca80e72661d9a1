#include "train/triplet.h"

#include "io/expect_error.h"
#include "train/loss_fixture.h"

namespace kindred::train {
namespace {

const TripletSelection kSelections[] = {TripletSelection::own, TripletSelection::hard,
                                        TripletSelection::semi_hard, TripletSelection::all};

TEST(Triplet, HasTheGradientOfItsDifferences) {
  const recipe::Batch batch = random_batch(7, 4, 1);
  const at::Tensor a = random_vectors(7, 4, 2), p = random_vectors(11, 4, 3);
  const LossInput input = input_of(batch, a, p);
  for (const TripletSelection selection : kSelections)
    for (const Metric metric : {Metric::cosine, Metric::euclidean})
      for (const bool normalize : {true, false}) {
        SCOPED_TRACE(testing::Message() << static_cast<int>(selection) << to_string(metric));
        const Triplet loss({metric, 0.4, selection, normalize});
        expect_finite_differences([&] { return loss(input); }, {a, p});
        expect_shares_add_up(loss, input, {a, p});
      }
}

/// Passages on a line from the anchor: distances 1, 2, 3, …, the first one the positive.
struct Line {
  recipe::Batch batch;
  at::Tensor anchors = at::tensor({0.0}).view({1, 1});
  at::Tensor passages;

  explicit Line(const std::vector<double>& places) {
    batch.anchors.resize(1);
    batch.passages.resize(places.size());
    batch.positives = {{0}};
    passages = at::tensor(places).view({-1, 1});
  }
  double loss(TripletSelection selection, double margin) const {
    return Triplet({Metric::euclidean, margin, selection, false})(
               input_of(batch, anchors, passages))
        .item<double>();
  }
};

TEST(Triplet, SelectsAsItsNamesSay) {
  const Line line({2.0, 1.5, 2.25, 5.0});
  EXPECT_DOUBLE_EQ(line.loss(TripletSelection::hard, 1.0), 2.0 - 1.5 + 1.0);
  EXPECT_DOUBLE_EQ(line.loss(TripletSelection::semi_hard, 1.0), 2.0 - 2.25 + 1.0);
  EXPECT_DOUBLE_EQ(line.loss(TripletSelection::all, 1.0), (1.5 + 0.75) / 2.0);  // 5 is far enough
  const Line near({2.0, 1.5, 1.0});
  EXPECT_DOUBLE_EQ(near.loss(TripletSelection::semi_hard, 1.0), 2.0 - 1.5 + 1.0)
      << "none beyond the positive: the farthest";
}

TEST(Triplet, HoldsTheFarthestOfSeveralPositivesAgainstTheNearestNegative) {
  Line line({2.0, 1.5, 3.0, 2.5});
  line.batch.positives = {{0, 2}};
  EXPECT_DOUBLE_EQ(line.loss(TripletSelection::hard, 1.0), 3.0 - 1.5 + 1.0);
}

TEST(Triplet, TakesNoTextThatSharesAKeyForANegative) {
  Line line({2.0, 1.5, 2.25, 5.0});
  line.batch.passages[0].keys = {4};
  line.batch.passages[1].keys = {4};
  line.batch.anchors[0].keys = {9};
  line.batch.passages[2].keys = {9};
  EXPECT_DOUBLE_EQ(line.loss(TripletSelection::hard, 4.0), 2.0 - 5.0 + 4.0);
  EXPECT_DOUBLE_EQ(line.loss(TripletSelection::all, 4.0), 2.0 - 5.0 + 4.0);
  line.batch.negatives = {{1, 3}};
  EXPECT_DOUBLE_EQ(line.loss(TripletSelection::own, 4.0), 2.0 - 5.0 + 4.0);
}

TEST(Triplet, IsZeroWhereEverythingIsFarEnough) {
  const Line line({1.0, 5.0});
  for (const TripletSelection selection :
       {TripletSelection::hard, TripletSelection::semi_hard, TripletSelection::all})
    EXPECT_DOUBLE_EQ(line.loss(selection, 1.0), 0.0);
}

TEST(Triplet, LeavesNoNaNWhereVectorsAreEqual) {
  recipe::Batch batch;
  batch.anchors.resize(3);
  batch.passages.resize(3);
  batch.positives = {{0}, {1}, {2}};
  batch.negatives = {{1}, {2}, {0}};
  const at::Tensor a = at::tensor({1.0, 2.0, 1.0, 2.0, 1.0, 2.0}).view({3, 2}).requires_grad_(true);
  const at::Tensor p = a.detach().clone().requires_grad_(true);
  for (const TripletSelection selection : kSelections)
    for (const Metric metric : {Metric::cosine, Metric::euclidean}) {
      const Gradient found =
          gradient(Triplet({metric, 0.2, selection, true})(input_of(batch, a, p)), {a, p});
      EXPECT_NEAR(found.value, 0.2, 1e-12);
      EXPECT_TRUE(std::isfinite(found.of[0].sum().item<double>()));
      EXPECT_TRUE(std::isfinite(found.of[1].sum().item<double>()));
    }
}

TEST(Triplet, RefusesAMarginThatCannotClose) {
  EXPECT_KINDRED_ERROR(Triplet({.metric = Metric::cosine, .margin = 5.0, .normalize = false}),
                       ErrorKind::bad_input, "can never close: cosine distances");
  EXPECT_KINDRED_ERROR(Triplet({.metric = Metric::euclidean, .margin = 5.0}), ErrorKind::bad_input,
                       "normalize = false");
  EXPECT_KINDRED_ERROR(Triplet({.margin = 0.0}), ErrorKind::bad_input, "no positive number");
  EXPECT_NO_THROW(Triplet({.metric = Metric::euclidean, .margin = 5.0, .normalize = false}));
}

TEST(Triplet, SaysThatNoNegativesWereChosen) {
  const Line line({1.0, 2.0});
  EXPECT_KINDRED_ERROR(line.loss(TripletSelection::own, 1.0), ErrorKind::bad_input,
                       "mine negatives");
}

}  // namespace
}  // namespace kindred::train
